<?xml version='1.0' encoding='utf-8'?>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
    <context>
        <name>Assembly</name>
        <message>
            <source>There is no live view in this version yet; open images or a folder.</source>
            <translation>此版本尚无实时画面；请打开图像或文件夹。</translation>
        </message>
        <message>
            <source>Open images</source>
            <translation>打开图像</translation>
        </message>
        <message>
            <source>Images ({patterns})</source>
            <translation>图像 ({patterns})</translation>
        </message>
        <message>
            <source>All files (*)</source>
            <translation>所有文件 (*)</translation>
        </message>
        <message>
            <source>Open a folder of parts</source>
            <translation>打开零件文件夹</translation>
        </message>
        <message>
            <source>Something went wrong: {message}</source>
            <translation>出错了：{message}</translation>
        </message>
    </context>
    <context>
        <name>Canvas</name>
        <message>
            <source>Part</source>
            <translation>零件</translation>
        </message>
    </context>
    <context>
        <name>CanvasFooter</name>
        <message>
            <source>Opacity</source>
            <translation>不透明度</translation>
        </message>
        <message>
            <source>Opacity of the overlay</source>
            <translation>叠加层的不透明度</translation>
        </message>
    </context>
    <context>
        <name>EmptyState</name>
        <message>
            <source>Open folder…</source>
            <translation>打开文件夹…</translation>
        </message>
        <message>
            <source>Open image…</source>
            <translation>打开图像…</translation>
        </message>
        <message>
            <source>Show the samples</source>
            <translation>显示示例</translation>
        </message>
        <message>
            <source>Drop parts here</source>
            <translation>将零件图像拖到这里</translation>
        </message>
        <message>
            <source>Open a folder or a picture of a part, or drop it on this window. Nothing leaves this computer.</source>
            <translation>打开零件的文件夹或图片，或将其拖到此窗口。数据不会离开这台计算机。</translation>
        </message>
        <message>
            <source>No images here</source>
            <translation>这里没有图像</translation>
        </message>
        <message>
            <source>{place} has no PNG, JPEG, BMP, TIFF, WebP or GIF files. Choose another folder.</source>
            <translation>{place} 中没有 PNG、JPEG、BMP、TIFF、WebP 或 GIF 文件。请选择其他文件夹。</translation>
        </message>
        <message>
            <source>Looking for images…</source>
            <translation>正在查找图像…</translation>
        </message>
    </context>
    <context>
        <name>InspectionPanel</name>
        <message>
            <source>Score</source>
            <translation>得分</translation>
        </message>
        <message>
            <source>Threshold</source>
            <translation>阈值</translation>
        </message>
        <message>
            <source>Region</source>
            <translation>区域</translation>
        </message>
        <message>
            <source>Area px</source>
            <translation>面积 px</translation>
        </message>
        <message>
            <source>Peak</source>
            <translation>峰值</translation>
        </message>
        <message>
            <source>Regions</source>
            <translation>区域</translation>
        </message>
        <message>
            <source>No result yet</source>
            <translation>尚无结果</translation>
        </message>
        <message>
            <source>No region reaches the threshold</source>
            <translation>没有区域达到阈值</translation>
        </message>
        <message>
            <source>Regions: {count}, {area} px in all</source>
            <translation>区域：{count} 个，共 {area} px</translation>
        </message>
    </context>
    <context>
        <name>LayerBar</name>
        <message>
            <source>Original</source>
            <translation>原图</translation>
        </message>
        <message>
            <source>The part alone</source>
            <translation>仅零件</translation>
        </message>
        <message>
            <source>Heatmap</source>
            <translation>热图</translation>
        </message>
        <message>
            <source>How anomalous each place is, from 0 to 1</source>
            <translation>每处的异常程度，0 到 1</translation>
        </message>
        <message>
            <source>Subspaces</source>
            <translation>子空间</translation>
        </message>
        <message>
            <source>The textual subspace that each patch chose; greyer where it is less sure</source>
            <translation>每个图块选择的文本子空间；越不确定越灰</translation>
        </message>
        <message>
            <source>Regions</source>
            <translation>区域</translation>
        </message>
        <message>
            <source>Outline what is at or above the threshold</source>
            <translation>勾勒达到或超过阈值的部分</translation>
        </message>
        <message>
            <source>Grid</source>
            <translation>网格</translation>
        </message>
        <message>
            <source>The patches that the model sees</source>
            <translation>模型所见的图块</translation>
        </message>
        <message>
            <source>Zoom out (−)</source>
            <translation>缩小 (−)</translation>
        </message>
        <message>
            <source>Zoom in (+)</source>
            <translation>放大 (+)</translation>
        </message>
        <message>
            <source>Show the whole part (F)</source>
            <translation>显示整个零件 (F)</translation>
        </message>
        <message>
            <source>One pixel of the part on one pixel of the screen (0)</source>
            <translation>零件的一个像素对应屏幕的一个像素 (0)</translation>
        </message>
        <message>
            <source>Actual size</source>
            <translation>实际大小</translation>
        </message>
    </context>
    <context>
        <name>LibraryController</name>
        <message>
            <source>No further defect among the inspected parts; some are not inspected yet</source>
            <translation>已检测的零件中没有更多缺陷；部分零件尚未检测</translation>
        </message>
        <message>
            <source>No further defect in this direction</source>
            <translation>此方向没有更多缺陷</translation>
        </message>
    </context>
    <context>
        <name>MainWindow</name>
        <message>
            <source>Parts</source>
            <translation>零件</translation>
        </message>
        <message>
            <source>Inspection</source>
            <translation>检测</translation>
        </message>
        <message>
            <source>Subspaces</source>
            <translation>子空间</translation>
        </message>
        <message>
            <source>Patch</source>
            <translation>图块</translation>
        </message>
        <message>
            <source>Model: {name}</source>
            <translation>模型：{name}</translation>
        </message>
        <message>
            <source>&amp;File</source>
            <translation>文件(&amp;F)</translation>
        </message>
        <message>
            <source>Open &amp;image…</source>
            <translation>打开图像(&amp;I)…</translation>
        </message>
        <message>
            <source>Open &amp;folder…</source>
            <translation>打开文件夹(&amp;F)…</translation>
        </message>
        <message>
            <source>Open &amp;recent</source>
            <translation>最近打开(&amp;R)</translation>
        </message>
        <message>
            <source>Show the &amp;samples</source>
            <translation>显示示例(&amp;S)</translation>
        </message>
        <message>
            <source>&amp;Quit</source>
            <translation>退出(&amp;Q)</translation>
        </message>
        <message>
            <source>&amp;Parts</source>
            <translation>零件(&amp;P)</translation>
        </message>
        <message>
            <source>&amp;Next part</source>
            <translation>下一个零件(&amp;N)</translation>
        </message>
        <message>
            <source>&amp;Previous part</source>
            <translation>上一个零件(&amp;P)</translation>
        </message>
        <message>
            <source>Next &amp;defect</source>
            <translation>下一个缺陷(&amp;D)</translation>
        </message>
        <message>
            <source>Previous d&amp;efect</source>
            <translation>上一个缺陷(&amp;E)</translation>
        </message>
        <message>
            <source>&amp;Filter the list</source>
            <translation>筛选列表(&amp;F)</translation>
        </message>
        <message>
            <source>&amp;Inspect again</source>
            <translation>重新检测(&amp;I)</translation>
        </message>
        <message>
            <source>&amp;Layers</source>
            <translation>图层(&amp;L)</translation>
        </message>
        <message>
            <source>&amp;Original</source>
            <translation>原图(&amp;O)</translation>
        </message>
        <message>
            <source>&amp;Heatmap</source>
            <translation>热图(&amp;H)</translation>
        </message>
        <message>
            <source>&amp;Subspaces</source>
            <translation>子空间(&amp;S)</translation>
        </message>
        <message>
            <source>Outline &amp;regions</source>
            <translation>勾勒区域(&amp;R)</translation>
        </message>
        <message>
            <source>Patch &amp;grid</source>
            <translation>图块网格(&amp;G)</translation>
        </message>
        <message>
            <source>&amp;Unmute all subspaces</source>
            <translation>取消所有静音(&amp;U)</translation>
        </message>
        <message>
            <source>Space</source>
            <translation>空格</translation>
        </message>
        <message>
            <source>Flip between part and layer</source>
            <translation>在零件与图层间切换</translation>
        </message>
        <message>
            <source>&amp;View</source>
            <translation>视图(&amp;V)</translation>
        </message>
        <message>
            <source>&amp;Fit the window</source>
            <translation>适合窗口(&amp;F)</translation>
        </message>
        <message>
            <source>&amp;Actual size</source>
            <translation>实际大小(&amp;A)</translation>
        </message>
        <message>
            <source>Zoom &amp;in</source>
            <translation>放大(&amp;I)</translation>
        </message>
        <message>
            <source>Zoom &amp;out</source>
            <translation>缩小(&amp;O)</translation>
        </message>
        <message>
            <source>&amp;Panels</source>
            <translation>面板(&amp;P)</translation>
        </message>
        <message>
            <source>As the system</source>
            <translation>跟随系统</translation>
        </message>
        <message>
            <source>Light</source>
            <translation>浅色</translation>
        </message>
        <message>
            <source>Dark</source>
            <translation>深色</translation>
        </message>
        <message>
            <source>&amp;Theme</source>
            <translation>主题(&amp;T)</translation>
        </message>
        <message>
            <source>&amp;Language</source>
            <translation>语言(&amp;L)</translation>
        </message>
        <message>
            <source>&amp;Dark or light</source>
            <translation>深色或浅色(&amp;D)</translation>
        </message>
        <message>
            <source>&amp;Help</source>
            <translation>帮助(&amp;H)</translation>
        </message>
        <message>
            <source>Keyboard &amp;shortcuts</source>
            <translation>键盘快捷键(&amp;S)</translation>
        </message>
        <message>
            <source>Tools</source>
            <translation>工具</translation>
        </message>
        <message>
            <source>Open image</source>
            <translation>打开图像</translation>
        </message>
        <message>
            <source>Open folder</source>
            <translation>打开文件夹</translation>
        </message>
        <message>
            <source>Samples</source>
            <translation>示例</translation>
        </message>
    </context>
    <context>
        <name>MessageBar</name>
        <message>
            <source>Copy details</source>
            <translation>复制详情</translation>
        </message>
        <message>
            <source>Try again</source>
            <translation>重试</translation>
        </message>
        <message>
            <source>Dismiss the message</source>
            <translation>关闭消息</translation>
        </message>
        <message>
            <source>Dismiss</source>
            <translation>关闭</translation>
        </message>
    </context>
    <context>
        <name>PartsPanel</name>
        <message>
            <source>Filter by name</source>
            <translation>按名称筛选</translation>
        </message>
        <message>
            <source>Filter parts by name</source>
            <translation>按名称筛选零件</translation>
        </message>
        <message>
            <source>Filter parts by verdict</source>
            <translation>按判定筛选零件</translation>
        </message>
        <message>
            <source>All verdicts</source>
            <translation>全部判定</translation>
        </message>
        <message>
            <source>Defect</source>
            <translation>缺陷</translation>
        </message>
        <message>
            <source>Good</source>
            <translation>合格</translation>
        </message>
        <message>
            <source>Not inspected</source>
            <translation>未检测</translation>
        </message>
        <message>
            <source>Unreadable</source>
            <translation>无法读取</translation>
        </message>
        <message>
            <source>Sort parts</source>
            <translation>零件排序</translation>
        </message>
        <message>
            <source>By name</source>
            <translation>按名称</translation>
        </message>
        <message>
            <source>By score</source>
            <translation>按得分</translation>
        </message>
        <message>
            <source>By verdict</source>
            <translation>按判定</translation>
        </message>
        <message>
            <source>Parts</source>
            <translation>零件</translation>
        </message>
        <message>
            <source>No parts</source>
            <translation>没有零件</translation>
        </message>
        <message>
            <source>{shown} of {total} shown</source>
            <translation>显示 {shown} / {total}</translation>
        </message>
        <message>
            <source>{total} parts</source>
            <translation>{total} 个零件</translation>
        </message>
        <message>
            <source>{row} of {total}</source>
            <translation>第 {row} / {total} 个</translation>
        </message>
    </context>
    <context>
        <name>PatchPanel</name>
        <message>
            <source>Pixels of the patch</source>
            <translation>图块的像素</translation>
        </message>
        <message>
            <source>How patches are assigned to subspaces</source>
            <translation>图块如何分配到子空间</translation>
        </message>
        <message>
            <source>Compare optimal transport with a plain softmax; the map follows.</source>
            <translation>比较最优传输与普通 softmax；热图随之变化。</translation>
        </message>
        <message>
            <source>Optimal transport</source>
            <translation>最优传输</translation>
        </message>
        <message>
            <source>Softmax</source>
            <translation>Softmax</translation>
        </message>
        <message>
            <source>Point at a patch to see which subspaces it chose; click to pin it.</source>
            <translation>将光标移到图块上，查看它选择了哪些子空间；单击可固定。</translation>
        </message>
        <message>
            <source>Patch {row}, {column}</source>
            <translation>图块 {row}, {column}</translation>
        </message>
        <message>
            <source>pinned</source>
            <translation>已固定</translation>
        </message>
        <message>
            <source>Anomaly {value}</source>
            <translation>异常 {value}</translation>
        </message>
    </context>
    <context>
        <name>PreferencesController</name>
        <message>
            <source>The language changes at the next start</source>
            <translation>语言将在下次启动时更改</translation>
        </message>
    </context>
    <context>
        <name>PresentationController</name>
        <message>
            <source>The model could not be loaded: {message}</source>
            <translation>无法加载模型：{message}</translation>
        </message>
        <message>
            <source>Something went wrong: {message}</source>
            <translation>出错了：{message}</translation>
        </message>
        <message>
            <source>This part can't be inspected</source>
            <translation>无法检测此零件</translation>
        </message>
        <message>
            <source>Inspecting…</source>
            <translation>正在检测…</translation>
        </message>
        <message>
            <source>Loading {name} model…</source>
            <translation>正在加载 {name} 模型…</translation>
        </message>
    </context>
    <context>
        <name>ScaleBar</name>
        <message>
            <source>The scale is absolute: 0 is normal, 1 is anomalous, for every part alike.</source>
            <translation>刻度是绝对的：对每个零件，0 都表示正常，1 都表示异常。</translation>
        </message>
        <message>
            <source>Heatmap scale from 0 to 1</source>
            <translation>热图刻度，0 到 1</translation>
        </message>
    </context>
    <context>
        <name>ShortcutsDialog</name>
        <message>
            <source>Keyboard shortcuts</source>
            <translation>键盘快捷键</translation>
        </message>
    </context>
    <context>
        <name>StatusLine</name>
        <message>
            <source>Loading {name} model…</source>
            <translation>正在加载 {name} 模型…</translation>
        </message>
        <message>
            <source>The {name} model is not loaded</source>
            <translation>{name} 模型未加载</translation>
        </message>
        <message>
            <source>{value} ms</source>
            <translation>{value} 毫秒</translation>
        </message>
    </context>
    <context>
        <name>SubspacesPanel</name>
        <message>
            <source>The model's subspaces appear here as soon as it is loaded.</source>
            <translation>模型加载后，其子空间将显示在这里。</translation>
        </message>
        <message>
            <source>Transport balances mass before the mask.</source>
            <translation>传输在掩码之前使质量均衡。</translation>
        </message>
        <message>
            <source>Subspace</source>
            <translation>子空间</translation>
        </message>
        <message>
            <source>Anomaly</source>
            <translation>异常</translation>
        </message>
        <message>
            <source>The highest anomaly value that this subspace brings to the map</source>
            <translation>此子空间带入热图的最高异常值</translation>
        </message>
        <message>
            <source>Mass</source>
            <translation>质量</translation>
        </message>
        <message>
            <source>Its share of all patches' weights</source>
            <translation>它在所有图块权重中的份额</translation>
        </message>
        <message>
            <source>Anomaly of {name}</source>
            <translation>{name} 的异常</translation>
        </message>
        <message>
            <source>Solo {name}: hear it alone</source>
            <translation>独奏 {name}：只保留它</translation>
        </message>
        <message>
            <source>Mute {name}: take it out of the mix</source>
            <translation>静音 {name}：将其移出混合</translation>
        </message>
    </context>
    <context>
        <name>ThresholdPlot</name>
        <message>
            <source>Threshold</source>
            <translation>阈值</translation>
        </message>
        <message>
            <source>How many pixels have which anomaly value (logarithmic). Drag the line, or use the arrow keys.</source>
            <translation>各异常值的像素数（对数）。拖动竖线，或使用方向键。</translation>
        </message>
    </context>
    <context>
        <name>Verdict</name>
        <message>
            <source>Defect</source>
            <translation>缺陷</translation>
        </message>
        <message>
            <source>Good</source>
            <translation>合格</translation>
        </message>
        <message>
            <source>Unreadable</source>
            <translation>无法读取</translation>
        </message>
        <message>
            <source>Not inspected</source>
            <translation>未检测</translation>
        </message>
    </context>
    <context>
        <name>VerdictBadge</name>
        <message>
            <source>DEFECT</source>
            <translation>缺陷</translation>
        </message>
        <message>
            <source>GOOD</source>
            <translation>合格</translation>
        </message>
        <message>
            <source>UNREADABLE</source>
            <translation>无法读取</translation>
        </message>
    </context>
    <context>
        <name>WeightBars</name>
        <message>
            <source>Weights of the patch</source>
            <translation>图块的权重</translation>
        </message>
        <message>
            <source>Subspace</source>
            <translation>子空间</translation>
        </message>
        <message>
            <source>Weight</source>
            <translation>权重</translation>
        </message>
        <message>
            <source>cos n</source>
            <translation>正常</translation>
        </message>
        <message>
            <source>cos a</source>
            <translation>异常</translation>
        </message>
    </context>
</TS>