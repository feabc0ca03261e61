<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>AccessDialog</name>
    <message>
        <source>Access to a camera</source>
        <translation>相机的访问权限</translation>
    </message>
    <message>
        <source>User names and passwords are not kept. Give them again to see this camera.</source>
        <translation>用户名和密码不会保存。要查看此相机，请重新输入。</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>User name</source>
        <translation>用户名</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>密码</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>连接</translation>
    </message>
    <message>
        <source>Without a password</source>
        <translation>不使用密码</translation>
    </message>
</context>
<context>
    <name>AddCameraDialog</name>
    <message>
        <source>Add camera</source>
        <translation>添加相机</translation>
    </message>
    <message>
        <source>Looking for cameras…</source>
        <translation>正在查找相机…</translation>
    </message>
    <message>
        <source>User name</source>
        <translation>用户名</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>密码</translation>
    </message>
    <message>
        <source>Inspect every frame, however long it takes</source>
        <translation>检测每一帧，无论需要多久</translation>
    </message>
    <message>
        <source>Begin again at the end</source>
        <translation>播完后从头开始</translation>
    </message>
    <message>
        <source>Browse…</source>
        <translation>浏览…</translation>
    </message>
    <message>
        <source>Camera of this &amp;computer</source>
        <translation>本机相机(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Network camera</source>
        <translation>网络相机(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Video file</source>
        <translation>视频文件(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Folder with new pictures</source>
        <translation>有新图像的文件夹(&amp;F)</translation>
    </message>
    <message>
        <source>Made-up parts on a moving belt</source>
        <translation>传送带上的虚拟零件</translation>
    </message>
    <message>
        <source>&amp;Demonstration</source>
        <translation>演示(&amp;D)</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>No camera is connected</source>
        <translation>未连接相机</translation>
    </message>
    <message>
        <source>Videos ({patterns})</source>
        <translation>视频 ({patterns})</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>Choose a video</source>
        <translation>选择视频</translation>
    </message>
    <message>
        <source>Choose a folder</source>
        <translation>选择文件夹</translation>
    </message>
</context>
<context>
    <name>AgreementDialog</name>
    <message>
        <source>Agreement with the reviewers</source>
        <translation>与审核者的一致性</translation>
    </message>
    <message>
        <source>Accepted</source>
        <translation>已接受</translation>
    </message>
    <message>
        <source>Rejected</source>
        <translation>已拒绝</translation>
    </message>
    <message>
        <source>Program: good</source>
        <translation>程序：合格</translation>
    </message>
    <message>
        <source>Program: defect</source>
        <translation>程序：缺陷</translation>
    </message>
    <message>
        <source>Both say the same of {rate}</source>
        <translation>两者判断相同：{rate}</translation>
    </message>
    <message>
        <source>Accepted parts that the program rejects: {rate}</source>
        <translation>已接受但被程序拒绝的零件：{rate}</translation>
    </message>
    <message>
        <source>Rejected parts that the program misses: {rate}</source>
        <translation>已拒绝但被程序漏掉的零件：{rate}</translation>
    </message>
    <message>
        <source>Inspected, and not decided about: {count}</source>
        <translation>已检测但未作决定：{count}</translation>
    </message>
    <message>
        <source>Ranges hold with 95 % confidence (Wilson).</source>
        <translation>区间的置信度为 95 %（Wilson）。</translation>
    </message>
    <message>
        <source>no parts yet</source>
        <translation>尚无零件</translation>
    </message>
    <message>
        <source>{count} of {total}, {share} % (truly {low} to {high} %)</source>
        <translation>{total} 个中的 {count} 个，{share} %（实际为 {low} 至 {high} %）</translation>
    </message>
</context>
<context>
    <name>AreasBar</name>
    <message>
        <source>Width of the brush</source>
        <translation>画笔宽度</translation>
    </message>
    <message>
        <source>What is drawn: {kind}</source>
        <translation>绘制内容：{kind}</translation>
    </message>
    <message>
        <source>{share} % of each part ignored</source>
        <translation>每个零件的 {share} % 被忽略</translation>
    </message>
    <message>
        <source>For the whole folder</source>
        <translation>适用于整个文件夹</translation>
    </message>
    <message>
        <source>{count} marked on this part</source>
        <translation>此零件上已标出 {count} 处</translation>
    </message>
    <message>
        <source>For this part, to learn from</source>
        <translation>仅用于此零件，供学习</translation>
    </message>
</context>
<context>
    <name>AreasController</name>
    <message>
        <source>Ignore</source>
        <translation>忽略</translation>
    </message>
    <message>
        <source>Draw areas that are never inspected</source>
        <translation>绘制不检测的范围</translation>
    </message>
    <message>
        <source>Include</source>
        <translation>仅检测</translation>
    </message>
    <message>
        <source>Draw areas; only they are inspected</source>
        <translation>绘制范围；只检测这些范围</translation>
    </message>
    <message>
        <source>Defect</source>
        <translation>缺陷</translation>
    </message>
    <message>
        <source>Mark what is defective on this part, to learn from it (Manage, Training)</source>
        <translation>标出此零件上的缺陷，供学习用（管理 &gt; 训练）</translation>
    </message>
    <message>
        <source>Rectangle</source>
        <translation>矩形</translation>
    </message>
    <message>
        <source>Rectangle: drag from corner to corner; or arrows and Enter</source>
        <translation>矩形：从一角拖到对角；或用方向键和 Enter</translation>
    </message>
    <message>
        <source>Polygon</source>
        <translation>多边形</translation>
    </message>
    <message>
        <source>Polygon: click its corners; Enter or a double click closes it; or arrows and Enter, twice to close</source>
        <translation>多边形：依次点击各角，按 Enter 或双击闭合；或用方向键和 Enter，连按两次闭合</translation>
    </message>
    <message>
        <source>Brush</source>
        <translation>画笔</translation>
    </message>
    <message>
        <source>Brush: paint with the mouse; or arrows between two Enters</source>
        <translation>画笔：用鼠标涂抹；或在两次 Enter 之间用方向键</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>选择</translation>
    </message>
    <message>
        <source>Choose an area, to remove it with Delete</source>
        <translation>选择一个范围，按 Delete 删除</translation>
    </message>
    <message>
        <source>Remove an area</source>
        <translation>删除范围</translation>
    </message>
    <message>
        <source>Remove the chosen area, or the one drawn last (Delete)</source>
        <translation>删除所选范围，或最后绘制的范围 (Delete)</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>清除</translation>
    </message>
    <message>
        <source>Take all areas away, or all marked defects of this part</source>
        <translation>移除所有检测范围，或此零件上标出的所有缺陷</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>Close these tools; the areas stay (Escape)</source>
        <translation>关闭这些工具；范围保留 (Esc)</translation>
    </message>
    <message>
        <source>Region of &amp;interest</source>
        <translation>感兴趣区域(&amp;I)</translation>
    </message>
    <message>
        <source>Areas</source>
        <translation>检测范围</translation>
    </message>
    <message>
        <source>Region of interest: what is inspected, and what is not</source>
        <translation>感兴趣区域：哪些部分检测，哪些不检测</translation>
    </message>
    <message>
        <source>region of interest</source>
        <translation>感兴趣区域</translation>
    </message>
</context>
<context>
    <name>Assembly</name>
    <message>
        <source>The language changes at the next start, so that nothing here is lost</source>
        <translation>语言将在下次启动时更改，以免丢失当前内容</translation>
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
        <source>Show the &amp;samples</source>
        <translation>显示示例(&amp;S)</translation>
    </message>
    <message>
        <source>Samples</source>
        <translation>示例</translation>
    </message>
    <message>
        <source>How it was &amp;found</source>
        <translation>检测依据(&amp;F)</translation>
    </message>
    <message>
        <source>Show the subspaces and the patches that the verdict comes from, or fold them away</source>
        <translation>显示判定所依据的子空间和图块，或将其折叠</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Manual</source>
        <translation>手册(&amp;M)</translation>
    </message>
    <message>
        <source>Keyboard &amp;shortcuts</source>
        <translation>键盘快捷键(&amp;S)</translation>
    </message>
    <message>
        <source>Images and videos ({patterns})</source>
        <translation>图像和视频 ({patterns})</translation>
    </message>
    <message>
        <source>Images ({patterns})</source>
        <translation>图像 ({patterns})</translation>
    </message>
    <message>
        <source>Videos ({patterns})</source>
        <translation>视频 ({patterns})</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>Open images or videos</source>
        <translation>打开图像或视频</translation>
    </message>
    <message>
        <source>Open a folder of parts</source>
        <translation>打开零件文件夹</translation>
    </message>
    <message>
        <source>Something went wrong: {message}</source>
        <translation>出错了：{message}</translation>
    </message>
    <message>
        <source>Damaged settings begin anew; they are kept in {files}</source>
        <translation>损坏的设置已恢复默认；原文件保存在 {files}</translation>
    </message>
</context>
<context>
    <name>BatchBar</name>
    <message>
        <source>Progress of the inspection</source>
        <translation>检测进度</translation>
    </message>
    <message>
        <source>Go on inspecting</source>
        <translation>继续检测</translation>
    </message>
    <message>
        <source>Pause the inspection of the folder</source>
        <translation>暂停检测文件夹</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Stop inspecting; what is inspected stays</source>
        <translation>停止检测；已检测的结果会保留</translation>
    </message>
    <message>
        <source>{count} of {total} inspected</source>
        <translation>已检测 {count} / {total}</translation>
    </message>
    <message>
        <source>Waiting for the model</source>
        <translation>等待模型</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>Rests during the live view</source>
        <translation>实时检测期间暂停</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>All {total} inspected</source>
        <translation>已全部检测：{total}</translation>
    </message>
    <message>
        <source>defects: {count}</source>
        <translation>缺陷：{count}</translation>
    </message>
    <message>
        <source>unreadable: {count}</source>
        <translation>无法读取：{count}</translation>
    </message>
    <message>
        <source>{rate}/min</source>
        <translation>{rate}/分</translation>
    </message>
    <message>
        <source>{rate}/s</source>
        <translation>{rate}/秒</translation>
    </message>
</context>
<context>
    <name>BatchController</name>
    <message>
        <source>Inspec&amp;t all</source>
        <translation>全部检测(&amp;T)</translation>
    </message>
    <message>
        <source>Inspect every part that has no score yet</source>
        <translation>检测所有还没有评分的零件</translation>
    </message>
    <message>
        <source>Open a folder of parts to inspect all of them</source>
        <translation>请先打开零件文件夹，再全部检测</translation>
    </message>
</context>
<context>
    <name>BlockChoice</name>
    <message>
        <source>Block</source>
        <translation>网络块</translation>
    </message>
    <message>
        <source>Block whose cosines are shown</source>
        <translation>显示其余弦的网络块</translation>
    </message>
    <message>
        <source>Anomaly and cosines in one tapped block of the model, or the mean; weights are of all blocks</source>
        <translation>模型单个网络块中的异常和余弦，或其平均值；权重取自所有网络块</translation>
    </message>
    <message>
        <source>Mean</source>
        <translation>平均</translation>
    </message>
    <message>
        <source>Block {number}</source>
        <translation>第 {number} 块</translation>
    </message>
</context>
<context>
    <name>Breakdown</name>
    <message>
        <source>{share} % {name}</source>
        <translation>{share} % {name}</translation>
    </message>
    <message>
        <source>, </source>
        <translation>，</translation>
    </message>
    <message>
        <source>Where it comes from</source>
        <translation>来源</translation>
    </message>
    <message>
        <source>: </source>
        <translation>：</translation>
    </message>
</context>
<context>
    <name>BrowsingController</name>
    <message>
        <source>&amp;History</source>
        <translation>历史记录(&amp;H)</translation>
    </message>
    <message>
        <source>The parts of this run are not where they were</source>
        <translation>此次运行的零件已不在原处</translation>
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
    <name>CanvasController</name>
    <message>
        <source>&amp;Original</source>
        <translation>原图(&amp;O)</translation>
    </message>
    <message>
        <source>Original</source>
        <translation>原图</translation>
    </message>
    <message>
        <source>The part alone</source>
        <translation>仅零件</translation>
    </message>
    <message>
        <source>&amp;Heatmap</source>
        <translation>热图(&amp;H)</translation>
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
        <source>&amp;Subspaces</source>
        <translation>子空间(&amp;S)</translation>
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
        <source>Outline &amp;regions</source>
        <translation>勾勒区域(&amp;R)</translation>
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
        <source>Patch &amp;grid</source>
        <translation>图块网格(&amp;G)</translation>
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
        <source>&amp;Point with the keyboard</source>
        <translation>用键盘指向(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Fit the window</source>
        <translation>适合窗口(&amp;F)</translation>
    </message>
    <message>
        <source>Show the whole part</source>
        <translation>显示整个零件</translation>
    </message>
    <message>
        <source>&amp;Actual size</source>
        <translation>实际大小(&amp;A)</translation>
    </message>
    <message>
        <source>One pixel of the part on one pixel of the screen</source>
        <translation>零件的一个像素对应屏幕的一个像素</translation>
    </message>
    <message>
        <source>Zoom &amp;in</source>
        <translation>放大(&amp;I)</translation>
    </message>
    <message>
        <source>Zoom &amp;out</source>
        <translation>缩小(&amp;O)</translation>
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
    <message>
        <source>Stretch</source>
        <translation>拉伸</translation>
    </message>
    <message>
        <source>Give this part&apos;s highest value the last colour. Parts can&apos;t be compared then: good ones glow too.</source>
        <translation>让此零件的最高值使用最亮的颜色。此时零件之间无法比较：良品也会发亮。</translation>
    </message>
</context>
<context>
    <name>CompareController</name>
    <message>
        <source>&amp;Compare two layers</source>
        <translation>对比两个图层(&amp;C)</translation>
    </message>
    <message>
        <source>Compare with the &amp;previous part</source>
        <translation>与上一个零件对比(&amp;B)</translation>
    </message>
    <message>
        <source>Compare two &amp;models</source>
        <translation>对比两个模型(&amp;M)</translation>
    </message>
    <message>
        <source>Open a &amp;checkpoint…</source>
        <translation>打开检查点(&amp;C)…</translation>
    </message>
    <message>
        <source>Open a model &amp;folder…</source>
        <translation>打开模型文件夹(&amp;F)…</translation>
    </message>
    <message>
        <source>End the comparison</source>
        <translation>结束对比</translation>
    </message>
    <message>
        <source>End the comparison (Esc)</source>
        <translation>结束对比 (Esc)</translation>
    </message>
    <message>
        <source>No other part was shown before this one</source>
        <translation>此前没有显示过其他零件</translation>
    </message>
    <message>
        <source>{file} is no checkpoint: choose one that `tokenclip train` wrote.</source>
        <translation>{file} 不是检查点：请选择由 `tokenclip train` 写出的文件。</translation>
    </message>
    <message>
        <source>Inspecting…</source>
        <translation>正在检测…</translation>
    </message>
    <message>
        <source>{name} could not be loaded</source>
        <translation>无法加载 {name}</translation>
    </message>
    <message>
        <source>{name} can&apos;t inspect this part</source>
        <translation>{name} 无法检测此零件</translation>
    </message>
    <message>
        <source>Loading {name}…</source>
        <translation>正在加载 {name}…</translation>
    </message>
    <message>
        <source>This part can&apos;t be inspected</source>
        <translation>无法检测此零件</translation>
    </message>
    <message>
        <source>Open a model folder</source>
        <translation>打开模型文件夹</translation>
    </message>
    <message>
        <source>Open a checkpoint</source>
        <translation>打开检查点</translation>
    </message>
    <message>
        <source>Checkpoints ({pattern})</source>
        <translation>检查点 ({pattern})</translation>
    </message>
    <message>
        <source>Something went wrong with the model on the right: {message}</source>
        <translation>右侧模型出错了：{message}</translation>
    </message>
</context>
<context>
    <name>CompareModelMenu</name>
    <message>
        <source>Model on the right: {name}</source>
        <translation>右侧模型：{name}</translation>
    </message>
    <message>
        <source>{name} inspects the part on the right; choose another model</source>
        <translation>右侧零件由 {name} 检测；可选择其他模型</translation>
    </message>
    <message>
        <source>{count} MB</source>
        <translation>{count} MB</translation>
    </message>
</context>
<context>
    <name>ComparePane</name>
    <message>
        <source>Layer</source>
        <translation>图层</translation>
    </message>
    <message>
        <source>Original</source>
        <translation>原图</translation>
    </message>
    <message>
        <source>Heatmap</source>
        <translation>热图</translation>
    </message>
    <message>
        <source>Subspaces</source>
        <translation>子空间</translation>
    </message>
    <message>
        <source>{value} ms</source>
        <translation>{value} 毫秒</translation>
    </message>
</context>
<context>
    <name>CompareView</name>
    <message>
        <source>Left part</source>
        <translation>左侧零件</translation>
    </message>
    <message>
        <source>Right part</source>
        <translation>右侧零件</translation>
    </message>
</context>
<context>
    <name>ContactSheet</name>
    <message>
        <source>Contact sheet</source>
        <translation>缩略图总览</translation>
    </message>
    <message>
        <source>Size of the pictures</source>
        <translation>图像大小</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
</context>
<context>
    <name>ConversionController</name>
    <message>
        <source>being made quicker</source>
        <translation>正在加速</translation>
    </message>
    <message>
        <source>{name} is quicker now: it runs in {engine}</source>
        <translation>{name} 现在更快了：在 {engine} 中运行</translation>
    </message>
    <message>
        <source>{name} can&apos;t be made quicker: {reason}</source>
        <translation>无法加速 {name}：{reason}</translation>
    </message>
</context>
<context>
    <name>CopyingController</name>
    <message>
        <source>&amp;Copy the image as shown</source>
        <translation>复制当前画面(&amp;C)</translation>
    </message>
    <message>
        <source>Copy the &amp;value here</source>
        <translation>复制此处的值(&amp;V)</translation>
    </message>
    <message>
        <source>Point at a place of an inspected part to copy its value</source>
        <translation>将光标指向已检测零件的某处即可复制其值</translation>
    </message>
    <message>
        <source>Copy the value here</source>
        <translation>复制此处的值</translation>
    </message>
    <message>
        <source>Copy the value {value}</source>
        <translation>复制值 {value}</translation>
    </message>
    <message>
        <source>Copy the image as shown</source>
        <translation>复制当前画面</translation>
    </message>
    <message>
        <source>Find patches like the pinned one</source>
        <translation>查找与固定图块相似的图块</translation>
    </message>
    <message>
        <source>Compare two layers</source>
        <translation>对比两个图层</translation>
    </message>
    <message>
        <source>Compare with the part before</source>
        <translation>与上一个零件对比</translation>
    </message>
    <message>
        <source>Compare two models</source>
        <translation>对比两个模型</translation>
    </message>
    <message>
        <source>Copy both as shown</source>
        <translation>复制两侧画面</translation>
    </message>
    <message>
        <source>Copy this one as shown</source>
        <translation>复制此侧画面</translation>
    </message>
    <message>
        <source>End the comparison</source>
        <translation>结束对比</translation>
    </message>
    <message>
        <source>Compare the shown part with this one</source>
        <translation>将当前零件与此零件对比</translation>
    </message>
    <message>
        <source>Copy the thumbnail</source>
        <translation>复制缩略图</translation>
    </message>
    <message>
        <source>Show it in its part</source>
        <translation>在零件中显示</translation>
    </message>
    <message>
        <source>Copy the patch</source>
        <translation>复制图块</translation>
    </message>
    <message>
        <source>Copy the path</source>
        <translation>复制路径</translation>
    </message>
    <message>
        <source>Show the file in its folder</source>
        <translation>在文件夹中显示</translation>
    </message>
    <message>
        <source>The folder {folder} is not there any more</source>
        <translation>文件夹 {folder} 已不存在</translation>
    </message>
    <message>
        <source>Copied: {text}</source>
        <translation>已复制：{text}</translation>
    </message>
    <message>
        <source>Copied a picture of {size} pixels</source>
        <translation>已复制 {size} 像素的图像</translation>
    </message>
</context>
<context>
    <name>Curves</name>
    <message>
        <source>Curves over all thresholds</source>
        <translation>所有阈值的曲线</translation>
    </message>
    <message>
        <source>Good parts rejected</source>
        <translation>被拒绝的良品</translation>
    </message>
    <message>
        <source>Defects found</source>
        <translation>找到的缺陷</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>精确率</translation>
    </message>
</context>
<context>
    <name>DifferencesDialog</name>
    <message>
        <source>Two recipes compared</source>
        <translation>两个配方的比较</translation>
    </message>
    <message>
        <source>{one}, and the other: {other}</source>
        <translation>{one}，另一个：{other}</translation>
    </message>
    <message>
        <source>They judge alike.</source>
        <translation>两者的判定方式相同。</translation>
    </message>
    <message>
        <source>What differs</source>
        <translation>不同之处</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>DriftController</name>
    <message>
        <source>The last {count} good parts score higher than those that the threshold was measured from; look for what has changed, and measure again.</source>
        <translation>最近 {count} 个良品的得分比测定阈值所用的零件偏高；请查明有何变化，并重新测定。</translation>
    </message>
    <message>
        <source>The last {count} good parts score lower than those that the threshold was measured from; look for what has changed, and measure again.</source>
        <translation>最近 {count} 个良品的得分比测定阈值所用的零件偏低；请查明有何变化，并重新测定。</translation>
    </message>
</context>
<context>
    <name>DropHighlight</name>
    <message>
        <source>Drop to open</source>
        <translation>松开以打开</translation>
    </message>
</context>
<context>
    <name>DroppingController</name>
    <message>
        <source>only one of its kind can be in force</source>
        <translation>同类文件只能有一个生效</translation>
    </message>
    <message>
        <source>this format is not read; convert it to PNG or TIFF</source>
        <translation>不支持此格式；请转换为 PNG 或 TIFF</translation>
    </message>
    <message>
        <source>it is not there, or can&apos;t be read</source>
        <translation>文件不存在或无法读取</translation>
    </message>
    <message>
        <source>it is no picture, video, recipe, calibration, checkpoint, vocabulary or model</source>
        <translation>它不是图像、视频、配方、校准、检查点、词汇表或模型</translation>
    </message>
    <message>
        <source>and {count} more</source>
        <translation>以及另外 {count} 个</translation>
    </message>
    <message>
        <source>Not opened: {files}.</source>
        <translation>未打开：{files}。</translation>
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
        <source>Camera</source>
        <translation>相机</translation>
    </message>
    <message>
        <source>Show the samples</source>
        <translation>显示示例</translation>
    </message>
    <message>
        <source>Opened last</source>
        <translation>最近打开</translation>
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
        <source>{place} has no pictures of parts in a format that is read. Choose another folder.</source>
        <translation>{place} 中没有可读取格式的零件图像。请选择其他文件夹。</translation>
    </message>
    <message>
        <source>Looking for images…</source>
        <translation>正在查找图像…</translation>
    </message>
</context>
<context>
    <name>EvaluatingController</name>
    <message>
        <source>&amp;Evaluation</source>
        <translation>评估(&amp;E)</translation>
    </message>
    <message>
        <source>Evaluate</source>
        <translation>评估</translation>
    </message>
    <message>
        <source>Measure the model on a folder whose parts are known to be good or defective</source>
        <translation>在已知零件合格或有缺陷的文件夹上评估模型</translation>
    </message>
    <message>
        <source>There is no model yet</source>
        <translation>尚无模型</translation>
    </message>
    <message>
        <source>Looking for parts…</source>
        <translation>正在查找零件…</translation>
    </message>
    <message>
        <source>{count} of {total} inspected</source>
        <translation>已检测 {count} / {total}</translation>
    </message>
    <message>
        <source>A folder with labels</source>
        <translation>带标签的文件夹</translation>
    </message>
</context>
<context>
    <name>EvaluationPage</name>
    <message>
        <source>Image AUROC</source>
        <translation>图像 AUROC</translation>
    </message>
    <message>
        <source>Image AP</source>
        <translation>图像 AP</translation>
    </message>
    <message>
        <source>Image F1-max</source>
        <translation>图像最大 F1</translation>
    </message>
    <message>
        <source>Pixel AUROC</source>
        <translation>像素 AUROC</translation>
    </message>
    <message>
        <source>AUPRO</source>
        <translation>AUPRO</translation>
    </message>
    <message>
        <source>Pixel AP</source>
        <translation>像素 AP</translation>
    </message>
    <message>
        <source>Category</source>
        <translation>类别</translation>
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
        <source>Defective</source>
        <translation>有缺陷</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>备注</translation>
    </message>
    <message>
        <source>Part</source>
        <translation>零件</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>Score</source>
        <translation>得分</translation>
    </message>
    <message>
        <source>Judged</source>
        <translation>判定</translation>
    </message>
    <message>
        <source>{model} · evidence: {evidence}</source>
        <translation>{model} · 证据：{evidence}</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>文件夹…</translation>
    </message>
    <message>
        <source>Evaluate</source>
        <translation>评估</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>A folder with good/ and defect/, or a data set such as MVTec AD or VisA</source>
        <translation>含有 good/ 和 defect/ 的文件夹，或 MVTec AD、VisA 等数据集</translation>
    </message>
    <message>
        <source>Parts on the wrong side of the best threshold: {count}</source>
        <translation>位于最佳阈值错误一侧的零件：{count}</translation>
    </message>
    <message>
        <source>Self</source>
        <translation>自身</translation>
    </message>
    <message>
        <source>Consensus</source>
        <translation>共识</translation>
    </message>
    <message>
        <source>Reference</source>
        <translation>参照</translation>
    </message>
    <message>
        <source>Fused</source>
        <translation>融合</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>文字</translation>
    </message>
    <message>
        <source>Mean</source>
        <translation>平均</translation>
    </message>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Missed</source>
        <translation>漏检</translation>
    </message>
    <message>
        <source>False alarm</source>
        <translation>误报</translation>
    </message>
    <message>
        <source>Right</source>
        <translation>正确</translation>
    </message>
    <message>
        <source>Figures</source>
        <translation>指标</translation>
    </message>
    <message>
        <source>Worst cases</source>
        <translation>最差案例</translation>
    </message>
    <message>
        <source>Worst cases; a click or Enter opens the part</source>
        <translation>最差案例；单击或按回车键打开该零件</translation>
    </message>
</context>
<context>
    <name>EvidenceController</name>
    <message>
        <source>There is room for {most} good parts; {count} were left out: take others off first</source>
        <translation>最多可放 {most} 个良品；{count} 个未放入：请先取下其他良品</translation>
    </message>
    <message>
        <source>This model compares no parts; good parts count with another one</source>
        <translation>此模型不比较零件；良品只对其他模型有效</translation>
    </message>
    <message>
        <source>Looking at them…</source>
        <translation>正在查看…</translation>
    </message>
    <message>
        <source>&amp;Text</source>
        <translation>文字(&amp;T)</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>文字</translation>
    </message>
    <message>
        <source>The words alone decide</source>
        <translation>仅由文字决定</translation>
    </message>
    <message>
        <source>&amp;Self</source>
        <translation>自身(&amp;S)</translation>
    </message>
    <message>
        <source>Self</source>
        <translation>自身</translation>
    </message>
    <message>
        <source>What is unlike the rest of its own part</source>
        <translation>与同一零件其余部分不同之处</translation>
    </message>
    <message>
        <source>&amp;Consensus</source>
        <translation>共识(&amp;C)</translation>
    </message>
    <message>
        <source>Consensus</source>
        <translation>共识</translation>
    </message>
    <message>
        <source>What other parts of the folder lack</source>
        <translation>文件夹中其他零件所没有的</translation>
    </message>
    <message>
        <source>&amp;Reference</source>
        <translation>参照(&amp;R)</translation>
    </message>
    <message>
        <source>Reference</source>
        <translation>参照</translation>
    </message>
    <message>
        <source>What the good parts lack</source>
        <translation>良品所没有的</translation>
    </message>
    <message>
        <source>&amp;Fused</source>
        <translation>融合(&amp;F)</translation>
    </message>
    <message>
        <source>Fused</source>
        <translation>融合</translation>
    </message>
    <message>
        <source>All evidence together</source>
        <translation>所有证据合在一起</translation>
    </message>
    <message>
        <source>&amp;Good parts…</source>
        <translation>良品(&amp;G)…</translation>
    </message>
    <message>
        <source>Good parts…</source>
        <translation>良品…</translation>
    </message>
    <message>
        <source>Mark as &amp;good part</source>
        <translation>标记为良品(&amp;G)</translation>
    </message>
    <message>
        <source>Parts lie in the same &amp;place</source>
        <translation>零件位于同一位置(&amp;P)</translation>
    </message>
    <message>
        <source>Parts lie in the same place</source>
        <translation>零件位于同一位置</translation>
    </message>
    <message>
        <source>Compare with other parts near the same place only, so that a good structure in a wrong place is found; for parts in a fixture</source>
        <translation>只与其他零件同一位置附近的内容比较，以便发现位置错误的正常结构；适用于夹具中的零件</translation>
    </message>
    <message>
        <source>{name} is a good part now</source>
        <translation>{name} 现在是良品</translation>
    </message>
    <message>
        <source>Nothing in {count} parts looks like this; the nearest:</source>
        <translation>{count} 个零件中没有与此相像的；最接近的：</translation>
    </message>
    <message>
        <source>Most alike in {count} other parts:</source>
        <translation>其他 {count} 个零件中最相像的：</translation>
    </message>
    <message>
        <source>text</source>
        <translation>文字</translation>
    </message>
    <message>
        <source>self</source>
        <translation>自身</translation>
    </message>
    <message>
        <source>consensus</source>
        <translation>共识</translation>
    </message>
    <message>
        <source>reference</source>
        <translation>参照</translation>
    </message>
    <message>
        <source>, </source>
        <translation>、</translation>
    </message>
    <message>
        <source>Decided by {shares}</source>
        <translation>依据：{shares}</translation>
    </message>
    <message>
        <source>compared with {count} parts of the recipe</source>
        <translation>与配方中的 {count} 个零件比较</translation>
    </message>
    <message>
        <source>provisional: {seen} of {total} other parts seen</source>
        <translation>暂定：已看过 {total} 个其他零件中的 {seen} 个</translation>
    </message>
    <message>
        <source>too few parts look like this one for consensus</source>
        <translation>与此相像的零件太少，无法形成共识</translation>
    </message>
    <message>
        <source>compared with {count} parts</source>
        <translation>与 {count} 个零件比较</translation>
    </message>
    <message>
        <source>consensus is silent: fewer than 8 other parts look alike</source>
        <translation>共识不发言：相像的其他零件不足 8 个</translation>
    </message>
    <message>
        <source>{count} good parts</source>
        <translation>{count} 个良品</translation>
    </message>
    <message>
        <source>{count} of the recipe, {size} MB</source>
        <translation>配方中的 {count} 个，{size} MB</translation>
    </message>
    <message>
        <source>{kept} of {seen} patches, {size} MB; at most {most} parts</source>
        <translation>{seen} 个图块中的 {kept} 个，{size} MB；最多 {most} 个零件</translation>
    </message>
</context>
<context>
    <name>Finding</name>
    <message>
        <source>upper left</source>
        <translation>左上</translation>
    </message>
    <message>
        <source>top</source>
        <translation>上方</translation>
    </message>
    <message>
        <source>upper right</source>
        <translation>右上</translation>
    </message>
    <message>
        <source>left</source>
        <translation>左侧</translation>
    </message>
    <message>
        <source>middle</source>
        <translation>中间</translation>
    </message>
    <message>
        <source>right</source>
        <translation>右侧</translation>
    </message>
    <message>
        <source>lower left</source>
        <translation>左下</translation>
    </message>
    <message>
        <source>bottom</source>
        <translation>下方</translation>
    </message>
    <message>
        <source>lower right</source>
        <translation>右下</translation>
    </message>
    <message>
        <source>looks most like {name} ({percent} %)</source>
        <translation>最像{name}（{percent}%）</translation>
    </message>
    <message>
        <source>1 region</source>
        <translation>1 个区域</translation>
    </message>
    <message>
        <source>{count} regions</source>
        <translation>{count} 个区域</translation>
    </message>
    <message>
        <source>, </source>
        <translation>，</translation>
    </message>
</context>
<context>
    <name>FolderThresholdController</name>
    <message>
        <source>&amp;Histogram of the part alone</source>
        <translation>仅显示此零件的直方图(&amp;H)</translation>
    </message>
    <message>
        <source>This part</source>
        <translation>此零件</translation>
    </message>
    <message>
        <source>Show the values of the shown part&apos;s map instead of the scores of all inspected parts</source>
        <translation>显示当前零件异常图的数值，而不是所有已检测零件的得分</translation>
    </message>
    <message>
        <source>{count} of {total} defective</source>
        <translation>{total} 个中有 {count} 个缺陷</translation>
    </message>
    <message>
        <source>{count} change</source>
        <translation>{count} 个改变</translation>
    </message>
</context>
<context>
    <name>GalleryController</name>
    <message>
        <source>Find patches &amp;like the pinned one</source>
        <translation>查找与固定图块相似的图块(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Gallery</source>
        <translation>图库(&amp;G)</translation>
    </message>
    <message>
        <source>Close the gallery</source>
        <translation>关闭图库</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>{count} strongest · inspected parts: {parts}</source>
        <translation>最强的 {count} 个 · 已检测零件：{parts}</translation>
    </message>
    <message>
        <source>No patch of the inspected parts chose this subspace.</source>
        <translation>已检测的零件中没有图块选择此子空间。</translation>
    </message>
    <message>
        <source>Patches appear here as parts are inspected.</source>
        <translation>检测零件后，图块会显示在这里。</translation>
    </message>
    <message>
        <source>Click a patch on the part to pin it, then press E to find patches like it.</source>
        <translation>点击零件上的图块将其固定，再按 E 查找相似的图块。</translation>
    </message>
    <message>
        <source>Searching…</source>
        <translation>正在查找…</translation>
    </message>
    <message>
        <source>Cutting out the patches…</source>
        <translation>正在截取图块…</translation>
    </message>
    <message>
        <source>There is nothing to compare with yet; patches of other inspected parts are searched.</source>
        <translation>尚无可比较的图块；查找范围是其他已检测的零件。</translation>
    </message>
    <message>
        <source>no subspace</source>
        <translation>无子空间</translation>
    </message>
    <message>
        <source>Rejects at {threshold}: {count}</source>
        <translation>阈值 {threshold} 下的不合格件：{count}</translation>
    </message>
    <message>
        <source>No inspected part reaches the threshold {threshold}.</source>
        <translation>没有已检测的零件达到阈值 {threshold}。</translation>
    </message>
</context>
<context>
    <name>GalleryPanel</name>
    <message>
        <source>What the gallery shows</source>
        <translation>图库显示的内容</translation>
    </message>
    <message>
        <source>Only these in the list</source>
        <translation>列表中仅显示这些</translation>
    </message>
    <message>
        <source>Show only the parts of this group in the list of parts</source>
        <translation>在零件列表中仅显示此组的零件</translation>
    </message>
    <message>
        <source>Gallery</source>
        <translation>图库</translation>
    </message>
    <message>
        <source>By subspace</source>
        <translation>按子空间</translation>
    </message>
    <message>
        <source>The patches that chose a subspace most strongly</source>
        <translation>最强烈选择某个子空间的图块</translation>
    </message>
    <message>
        <source>Like the pinned patch</source>
        <translation>与固定图块相似</translation>
    </message>
    <message>
        <source>Find patches like the pinned one (E)</source>
        <translation>查找与固定图块相似的图块 (E)</translation>
    </message>
    <message>
        <source>Rejects</source>
        <translation>不合格件</translation>
    </message>
    <message>
        <source>Rejected parts by the subspaces they come from</source>
        <translation>按来源子空间分组的不合格件</translation>
    </message>
</context>
<context>
    <name>History</name>
    <message>
        <source>&amp;Undo</source>
        <translation>撤销(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>重做(&amp;R)</translation>
    </message>
</context>
<context>
    <name>HistoryPage</name>
    <message>
        <source>Open this run again</source>
        <translation>重新打开此次运行</translation>
    </message>
    <message>
        <source>Compare the two runs</source>
        <translation>比较两次运行</translation>
    </message>
    <message>
        <source>False alarms</source>
        <translation>误报</translation>
    </message>
    <message>
        <source>Defective parts that were accepted, grouped by the subspaces that stand out in them</source>
        <translation>被接受的有缺陷零件，按其中突出的子空间分组</translation>
    </message>
    <message>
        <source>Begun</source>
        <translation>开始时间</translation>
    </message>
    <message>
        <source>Parts of</source>
        <translation>零件来源</translation>
    </message>
    <message>
        <source>Recipe or model</source>
        <translation>配方或模型</translation>
    </message>
    <message>
        <source>Parts</source>
        <translation>零件</translation>
    </message>
    <message>
        <source>Defective</source>
        <translation>缺陷</translation>
    </message>
    <message>
        <source>Threshold</source>
        <translation>阈值</translation>
    </message>
    <message>
        <source>Accepted</source>
        <translation>已接受</translation>
    </message>
    <message>
        <source>Rejected</source>
        <translation>已拒绝</translation>
    </message>
    <message>
        <source>Not decided</source>
        <translation>未决定</translation>
    </message>
    <message>
        <source>Search runs</source>
        <translation>搜索运行</translation>
    </message>
    <message>
        <source>Search parts</source>
        <translation>搜索零件</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>All times</source>
        <translation>全部时间</translation>
    </message>
    <message>
        <source>Last day</source>
        <translation>最近一天</translation>
    </message>
    <message>
        <source>Last 7 days</source>
        <translation>最近 7 天</translation>
    </message>
    <message>
        <source>Last 30 days</source>
        <translation>最近 30 天</translation>
    </message>
    <message>
        <source>Last year</source>
        <translation>最近一年</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>判定</translation>
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
        <source>Unreadable</source>
        <translation>无法读取</translation>
    </message>
    <message>
        <source>Decision</source>
        <translation>决定</translation>
    </message>
    <message>
        <source>All decisions</source>
        <translation>全部决定</translation>
    </message>
    <message>
        <source>{runs} runs, {results} results</source>
        <translation>{runs} 次运行，{results} 个结果</translation>
    </message>
    <message>
        <source>1 run, {results} results</source>
        <translation>1 次运行，{results} 个结果</translation>
    </message>
    <message>
        <source>, {size} MB on this disk</source>
        <translation>，占用此磁盘 {size} MB</translation>
    </message>
    <message>
        <source>{count} results</source>
        <translation>{count} 个结果</translation>
    </message>
    <message>
        <source>{count} and more</source>
        <translation>{count} 以上</translation>
    </message>
    <message>
        <source>At {threshold}: {defects} of {count} defective, {changed} change</source>
        <translation>阈值 {threshold}：{count} 个中 {defects} 个缺陷，{changed} 个改变</translation>
    </message>
    <message>
        <source>Part</source>
        <translation>零件</translation>
    </message>
    <message>
        <source>Scores</source>
        <translation>得分</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>之前</translation>
    </message>
    <message>
        <source>After</source>
        <translation>之后</translation>
    </message>
    <message>
        <source>{count} verdicts differ</source>
        <translation>{count} 个判定不同</translation>
    </message>
    <message>
        <source>Stands out</source>
        <translation>突出的子空间</translation>
    </message>
    <message>
        <source>Parts like it</source>
        <translation>同类零件</translation>
    </message>
    <message>
        <source>{count} false alarms in {groups} groups</source>
        <translation>{count} 个误报，分为 {groups} 组</translation>
    </message>
    <message>
        <source>No run is kept yet</source>
        <translation>尚未保存任何运行</translation>
    </message>
    <message>
        <source>Score</source>
        <translation>得分</translation>
    </message>
    <message>
        <source>Judged again</source>
        <translation>重新判定</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Results</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Compare their recipes</source>
        <translation>比较两者的配方</translation>
    </message>
</context>
<context>
    <name>InspectionPanel</name>
    <message>
        <source>Score</source>
        <translation>得分</translation>
    </message>
    <message>
        <source>How anomalous the whole part is, from 0 (like good parts) to 1</source>
        <translation>整个零件的异常程度，从 0（与良品一致）到 1</translation>
    </message>
    <message>
        <source>What was found, and where</source>
        <translation>发现了什么，在哪里</translation>
    </message>
    <message>
        <source>What the worst region looks like</source>
        <translation>最差区域像什么</translation>
    </message>
    <message>
        <source>What the threshold does to the inspected parts</source>
        <translation>阈值对已检测零件的影响</translation>
    </message>
    <message>
        <source>Threshold</source>
        <translation>阈值</translation>
    </message>
    <message>
        <source>From which score on a part is a defect: a lower one finds more, and rejects more</source>
        <translation>得分达到多少即为缺陷：阈值越低，检出越多，剔除也越多</translation>
    </message>
    <message>
        <source>Smallest region</source>
        <translation>最小区域</translation>
    </message>
    <message>
        <source>Regions with fewer pixels are left out</source>
        <translation>像素更少的区域不计入</translation>
    </message>
    <message>
        <source>Regions</source>
        <translation>区域</translation>
    </message>
    <message>
        <source>A part whose score reaches the threshold is a defect</source>
        <translation>得分达到阈值的零件为缺陷</translation>
    </message>
    <message>
        <source>Size mm</source>
        <translation>尺寸 mm</translation>
    </message>
    <message>
        <source>Area mm²</source>
        <translation>面积 mm²</translation>
    </message>
    <message>
        <source>Size px</source>
        <translation>尺寸 px</translation>
    </message>
    <message>
        <source>Area px</source>
        <translation>面积 px</translation>
    </message>
    <message>
        <source>Region</source>
        <translation>区域</translation>
    </message>
    <message>
        <source>Peak</source>
        <translation>峰值</translation>
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
        <source>1 region · {area}</source>
        <translation>1 个区域 · {area}</translation>
    </message>
    <message>
        <source>{count} regions · {area}</source>
        <translation>{count} 个区域 · {area}</translation>
    </message>
    <message>
        <source>Where on the part the region lies; click a row to see it</source>
        <translation>区域在零件上的位置；点击一行即可查看</translation>
    </message>
    <message>
        <source>Width and height of the region</source>
        <translation>区域的宽度和高度</translation>
    </message>
    <message>
        <source>Width and height of the region, in pixels of the picture</source>
        <translation>区域的宽和高，以图像像素计</translation>
    </message>
    <message>
        <source>How much of the part the region covers</source>
        <translation>区域覆盖零件的面积</translation>
    </message>
    <message>
        <source>How many pixels of the picture the region covers</source>
        <translation>区域覆盖的图像像素数</translation>
    </message>
    <message>
        <source>The highest anomaly within the region, from 0 to 1</source>
        <translation>区域内的最高异常值，从 0 到 1</translation>
    </message>
    <message>
        <source>Smallest</source>
        <translation>最小区域</translation>
    </message>
</context>
<context>
    <name>JudgeAgain</name>
    <message>
        <source>Judge again at</source>
        <translation>重新判定，阈值</translation>
    </message>
    <message>
        <source>Other threshold</source>
        <translation>另一阈值</translation>
    </message>
    <message>
        <source>patches ≥ </source>
        <translation>图块 ≥ </translation>
    </message>
    <message>
        <source>Smallest region that counts</source>
        <translation>计入的最小区域</translation>
    </message>
    <message>
        <source>Judged from what is kept of each part, without the model. Other muted subspaces, areas or settings of the scoring need the parts to be inspected again.</source>
        <translation>根据每个零件保存的内容判定，无需模型。改变静音的子空间、检测范围或评分设置时，需要重新检测零件。</translation>
    </message>
</context>
<context>
    <name>Judging</name>
    <message>
        <source>Raise the &amp;threshold</source>
        <translation>提高阈值(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Lower the threshold</source>
        <translation>降低阈值(&amp;L)</translation>
    </message>
    <message>
        <source>Reset the &amp;judgement</source>
        <translation>重置判定(&amp;J)</translation>
    </message>
    <message>
        <source>&amp;Unmute all subspaces</source>
        <translation>取消所有静音(&amp;U)</translation>
    </message>
    <message>
        <source>reset of the judgement</source>
        <translation>重置判定</translation>
    </message>
    <message>
        <source>threshold</source>
        <translation>阈值</translation>
    </message>
    <message>
        <source>smallest region</source>
        <translation>最小区域</translation>
    </message>
    <message>
        <source>One subspace at least stays in the mix</source>
        <translation>至少保留一个子空间</translation>
    </message>
    <message>
        <source>solo and mute</source>
        <translation>独奏与静音</translation>
    </message>
    <message>
        <source>scoring</source>
        <translation>评分设置</translation>
    </message>
    <message>
        <source>name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>own threshold</source>
        <translation>单独阈值</translation>
    </message>
    <message>
        <source>tolerance</source>
        <translation>容许度</translation>
    </message>
    <message>
        <source>evidence</source>
        <translation>证据</translation>
    </message>
    <message>
        <source>size of the part</source>
        <translation>零件尺寸</translation>
    </message>
    <message>
        <source>assignment</source>
        <translation>分配方式</translation>
    </message>
</context>
<context>
    <name>LibraryController</name>
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
        <source>Contact &amp;sheet</source>
        <translation>缩略图总览(&amp;S)</translation>
    </message>
    <message>
        <source>All parts of the list as pictures with their heatmaps; Enter shows one of them</source>
        <translation>以图像和热图显示列表中的所有零件；按 Enter 显示其中一个</translation>
    </message>
    <message>
        <source>&amp;Worst parts first</source>
        <translation>最差的零件优先(&amp;W)</translation>
    </message>
    <message>
        <source>Worst first</source>
        <translation>最差优先</translation>
    </message>
    <message>
        <source>Order the list by score, and go to the part with the highest</source>
        <translation>按得分排序列表，并转到得分最高的零件</translation>
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
        <source>No further defect among the inspected parts; some are not inspected yet</source>
        <translation>已检测的零件中没有更多缺陷；部分零件尚未检测</translation>
    </message>
    <message>
        <source>No further defect in this direction</source>
        <translation>此方向没有更多缺陷</translation>
    </message>
    <message>
        <source>The file was removed or renamed.</source>
        <translation>文件已被删除或重命名。</translation>
    </message>
    <message>
        <source>{new} new files in the folder, {gone} removed or renamed</source>
        <translation>文件夹中新增 {new} 个文件，{gone} 个被删除或重命名</translation>
    </message>
    <message>
        <source>16-bit pictures read as {bits} bits</source>
        <translation>16 位图片按 {bits} 位读取</translation>
    </message>
    <message>
        <source>16-bit pictures read as {bits} bits; they use {needed}</source>
        <translation>16 位图片按 {bits} 位读取；实际使用 {needed} 位</translation>
    </message>
    <message>
        <source>Left out of the list: {masks} masks, {unread} pictures of formats that are not read</source>
        <translation>未列入列表：{masks} 个掩模，{unread} 张格式无法读取的图片</translation>
    </message>
</context>
<context>
    <name>LiveCameras</name>
    <message>
        <source>Connecting…</source>
        <translation>正在连接…</translation>
    </message>
    <message>
        <source>The video has ended</source>
        <translation>视频已播完</translation>
    </message>
    <message>
        <source>The model is being loaded…</source>
        <translation>正在加载模型…</translation>
    </message>
</context>
<context>
    <name>LiveControls</name>
    <message>
        <source>Place in the video</source>
        <translation>视频中的位置</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Freeze</source>
        <translation>定格</translation>
    </message>
    <message>
        <source>Stop recording</source>
        <translation>停止录制</translation>
    </message>
    <message>
        <source>Record</source>
        <translation>录制</translation>
    </message>
</context>
<context>
    <name>LiveFaults</name>
    <message>
        <source>Not connected</source>
        <translation>未连接</translation>
    </message>
    <message>
        <source>In use elsewhere</source>
        <translation>正被占用</translation>
    </message>
    <message>
        <source>Not allowed</source>
        <translation>没有权限</translation>
    </message>
    <message>
        <source>No such address</source>
        <translation>地址无效</translation>
    </message>
    <message>
        <source>No answer</source>
        <translation>没有响应</translation>
    </message>
    <message>
        <source>User name or password refused</source>
        <translation>用户名或密码被拒绝</translation>
    </message>
    <message>
        <source>No video under this address</source>
        <translation>此地址没有视频</translation>
    </message>
    <message>
        <source>Not a video</source>
        <translation>不是视频</translation>
    </message>
    <message>
        <source>The picture has stopped</source>
        <translation>画面已停止</translation>
    </message>
    <message>
        <source>The connection was lost</source>
        <translation>连接已断开</translation>
    </message>
    <message>
        <source>Damaged pictures</source>
        <translation>图像损坏</translation>
    </message>
    <message>
        <source>An empty video</source>
        <translation>空视频</translation>
    </message>
    <message>
        <source>This video can&apos;t be read</source>
        <translation>无法读取此视频</translation>
    </message>
    <message>
        <source>GenICam is not set up</source>
        <translation>GenICam 尚未设置</translation>
    </message>
    <message>
        <source>Pixels of an unknown format</source>
        <translation>未知的像素格式</translation>
    </message>
    <message>
        <source>{name} is not there. Plug it in; it is then found by itself.</source>
        <translation>找不到 {name}。请插上它，随后会自动识别。</translation>
    </message>
    <message>
        <source>{name} can&apos;t be opened. Close the other program that uses it.</source>
        <translation>无法打开 {name}。请关闭正在使用它的其他程序。</translation>
    </message>
    <message>
        <source>{name} may not be used. Allow this account to use cameras and files.</source>
        <translation>不允许使用 {name}。请授予此帐户使用相机和文件的权限。</translation>
    </message>
    <message>
        <source>{name} is no address of a stream. Write it as rtsp://host/path.</source>
        <translation>{name} 不是视频流地址。请写成 rtsp://host/path。</translation>
    </message>
    <message>
        <source>{name} does not answer. Check the address, the cable and the network; it is tried again.</source>
        <translation>{name} 没有响应。请检查地址、线缆和网络；程序会继续重试。</translation>
    </message>
    <message>
        <source>{name} refuses the access. Choose Live › Sign in, and give user name and password.</source>
        <translation>{name} 拒绝访问。请选择“实时 › 登录”，并输入用户名和密码。</translation>
    </message>
    <message>
        <source>The device answers, but does not know {name}. Look up the path in its manual.</source>
        <translation>设备有响应，但不认识 {name}。请在其手册中查找路径。</translation>
    </message>
    <message>
        <source>{name} sends something else. Look up the address of its video.</source>
        <translation>{name} 发送的不是视频。请查找其视频地址。</translation>
    </message>
    <message>
        <source>{name} sends no more pictures. It is tried again by itself.</source>
        <translation>{name} 不再发送图像。程序会自动重试。</translation>
    </message>
    <message>
        <source>{name} has gone. It is tried again by itself.</source>
        <translation>{name} 已断开。程序会自动重试。</translation>
    </message>
    <message>
        <source>{name} sends pictures that can&apos;t be read. Check the cable, or restart the camera.</source>
        <translation>{name} 发送的图像无法读取。请检查线缆或重启相机。</translation>
    </message>
    <message>
        <source>{name} has no picture. Choose another video.</source>
        <translation>{name} 没有画面。请选择其他视频。</translation>
    </message>
    <message>
        <source>{name} has an unknown format. Convert it to MP4 (H.264).</source>
        <translation>{name} 的格式未知。请转换为 MP4 (H.264)。</translation>
    </message>
    <message>
        <source>{name} needs the package harvesters and its maker&apos;s producer, whose folder GENICAM_GENTL64_PATH names.</source>
        <translation>{name} 需要 harvesters 包以及厂商的生产者文件，其文件夹由 GENICAM_GENTL64_PATH 指定。</translation>
    </message>
    <message>
        <source>{name} sends what is not known here. Set the camera to Mono8 or RGB8.</source>
        <translation>{name} 发送的格式无法识别。请将相机设置为 Mono8 或 RGB8。</translation>
    </message>
</context>
<context>
    <name>LiveOptionsDialog</name>
    <message>
        <source>Options of {name}</source>
        <translation>{name} 的选项</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>画面</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>判定</translation>
    </message>
    <message>
        <source>Snapshots and recordings</source>
        <translation>快照和录制</translation>
    </message>
    <message>
        <source>as it is</source>
        <translation>不旋转</translation>
    </message>
    <message>
        <source>Mirrored</source>
        <translation>镜像</translation>
    </message>
    <message>
        <source>Turned</source>
        <translation>旋转</translation>
    </message>
    <message>
        <source>As the camera chooses</source>
        <translation>由相机决定</translation>
    </message>
    <message>
        <source>Forget what was set here; exposure is automatic again</source>
        <translation>清除在此设置的值；曝光恢复自动</translation>
    </message>
    <message>
        <source>This camera lets nothing else be set.</source>
        <translation>此相机没有其他可设置的项目。</translation>
    </message>
    <message>
        <source>each frame on its own</source>
        <translation>每帧单独</translation>
    </message>
    <message>
        <source>frames together</source>
        <translation>帧合并</translation>
    </message>
    <message>
        <source>A sound when a defect begins</source>
        <translation>出现缺陷时发出声音</translation>
    </message>
    <message>
        <source>Judge</source>
        <translation>判定方式</translation>
    </message>
    <message>
        <source>defects</source>
        <translation>缺陷</translation>
    </message>
    <message>
        <source>everything that is inspected</source>
        <translation>所有检测结果</translation>
    </message>
    <message>
        <source>s before a defect</source>
        <translation>秒（缺陷之前）</translation>
    </message>
    <message>
        <source>Browse…</source>
        <translation>浏览…</translation>
    </message>
    <message>
        <source>Also a video (MP4) with the heatmap and the regions</source>
        <translation>同时保存带热图和区域的视频（MP4）</translation>
    </message>
    <message>
        <source>Record</source>
        <translation>录制</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>保留</translation>
    </message>
    <message>
        <source>At most</source>
        <translation>最多</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>Choose a folder</source>
        <translation>选择文件夹</translation>
    </message>
    <message>
        <source>Width</source>
        <translation>宽度</translation>
    </message>
    <message>
        <source>Height</source>
        <translation>高度</translation>
    </message>
    <message>
        <source>Frames a second</source>
        <translation>每秒帧数</translation>
    </message>
    <message>
        <source>Exposure</source>
        <translation>曝光</translation>
    </message>
</context>
<context>
    <name>LivePage</name>
    <message>
        <source>No camera yet</source>
        <translation>还没有相机</translation>
    </message>
    <message>
        <source>Add a camera of this computer, a network camera, a video, or a folder that pictures arrive in.</source>
        <translation>添加本机相机、网络相机、视频，或会收到图像的文件夹。</translation>
    </message>
    <message>
        <source>Add camera…</source>
        <translation>添加相机…</translation>
    </message>
    <message>
        <source>Show a demonstration</source>
        <translation>显示演示</translation>
    </message>
</context>
<context>
    <name>LivePanels</name>
    <message>
        <source>Parts are reviewed, not cameras: take a snapshot (Ctrl+S), and open its folder to review it</source>
        <translation>评审针对零件而非相机：请先拍快照 (Ctrl+S)，再打开其文件夹进行评审</translation>
    </message>
    <message>
        <source>Of a still only: take a snapshot (Ctrl+S) and open it, or hear this subspace alone (S)</source>
        <translation>仅适用于静态图像：请拍快照 (Ctrl+S) 并打开，或独奏此子空间 (S)</translation>
    </message>
    <message>
        <source>a subspace&apos;s own threshold</source>
        <translation>子空间自己的阈值</translation>
    </message>
    <message>
        <source>median {relation}</source>
        <translation>中位数 {relation}</translation>
    </message>
</context>
<context>
    <name>LiveRecording</name>
    <message>
        <source>There is no result to save yet; wait for the first one.</source>
        <translation>还没有可保存的结果；请等待第一个结果。</translation>
    </message>
    <message>
        <source>Nothing of this camera was inspected yet; wait for the first results.</source>
        <translation>该相机尚未检测过任何画面；请等待首批结果。</translation>
    </message>
    <message>
        <source>{folder} is not there yet; it is made with the first snapshot or recording.</source>
        <translation>{folder} 尚不存在；首次快照或录像时会创建。</translation>
    </message>
    <message>
        <source>Recording to {folder}</source>
        <translation>正在录制到 {folder}</translation>
    </message>
    <message>
        <source>The last {count} pictures are saved as good parts in {folder}</source>
        <translation>最近 {count} 张图像已作为良品保存到 {folder}</translation>
    </message>
    <message>
        <source>The last picture is saved as a good part in {folder}</source>
        <translation>最近一张图像已作为良品保存到 {folder}</translation>
    </message>
    <message>
        <source>Saved {path}</source>
        <translation>已保存 {path}</translation>
    </message>
    <message>
        <source>Recorded {count} pictures, {size} MB, in {folder}</source>
        <translation>已录制 {count} 张图像，{size} MB，位于 {folder}</translation>
    </message>
    <message>
        <source>Recorded 1 picture, {size} MB, in {folder}</source>
        <translation>已录制 1 张图片，{size} MB，保存在 {folder}</translation>
    </message>
    <message>
        <source>; {count} left out, the disk was too slow</source>
        <translation>；略过 {count} 张，磁盘太慢</translation>
    </message>
    <message>
        <source>The recording has reached its limit and has ended; raise the limit, or make a new one.</source>
        <translation>录制已达到上限并结束；请提高上限，或重新录制。</translation>
    </message>
</context>
<context>
    <name>LiveSettings</name>
    <message>
        <source>{name} does not take what was set, and goes on with what it has: {values}</source>
        <translation>{name} 未采用所设的值，以现有的值继续：{values}</translation>
    </message>
    <message>
        <source>Not taken: {values}</source>
        <translation>未被采用：{values}</translation>
    </message>
    <message>
        <source>{control} {wanted} (it has {value})</source>
        <translation>{control} {wanted}（实际为 {value}）</translation>
    </message>
</context>
<context>
    <name>LiveTile</name>
    <message>
        <source>NO PICTURE</source>
        <translation>无画面</translation>
    </message>
    <message>
        <source>Score</source>
        <translation>得分</translation>
    </message>
    <message>
        <source>Camera {name}</source>
        <translation>相机 {name}</translation>
    </message>
    <message>
        <source>{value} ms</source>
        <translation>{value} 毫秒</translation>
    </message>
    <message>
        <source>captured {captured}/s · inspected {inspected}/s · left out {dropped} · age {age}</source>
        <translation>采集 {captured}/秒 · 检测 {inspected}/秒 · 略过 {dropped} · 延迟 {age}</translation>
    </message>
    <message>
        <source>{captured}/s in · {inspected}/s inspected · age {age}</source>
        <translation>输入 {captured}/秒 · 检测 {inspected}/秒 · 时延 {age}</translation>
    </message>
    <message>
        <source>{captured} → {inspected}/s · {age}</source>
        <translation>{captured} → {inspected}/秒 · {age}</translation>
    </message>
    <message>
        <source>no picture yet</source>
        <translation>还没有画面</translation>
    </message>
    <message>
        <source>no picture for {count} s</source>
        <translation>已 {count} 秒没有画面</translation>
    </message>
    <message>
        <source>no picture for {count} min</source>
        <translation>已 {count} 分钟没有画面</translation>
    </message>
    <message>
        <source>FROZEN</source>
        <translation>已定格</translation>
    </message>
    <message>
        <source>REC</source>
        <translation>录制</translation>
    </message>
</context>
<context>
    <name>LiveView</name>
    <message>
        <source>&amp;Camera</source>
        <translation>相机(&amp;C)</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>实时</translation>
    </message>
    <message>
        <source>The live view: cameras, streams and videos</source>
        <translation>实时画面：相机、视频流和视频文件</translation>
    </message>
    <message>
        <source>&amp;Add camera…</source>
        <translation>添加相机(&amp;A)…</translation>
    </message>
    <message>
        <source>Add a camera, a stream, a video or a folder</source>
        <translation>添加相机、视频流、视频或文件夹</translation>
    </message>
    <message>
        <source>Show a demonstration</source>
        <translation>显示演示</translation>
    </message>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>All cameras side by side (Esc)</source>
        <translation>并排显示所有相机 (Esc)</translation>
    </message>
    <message>
        <source>Freeze</source>
        <translation>定格</translation>
    </message>
    <message>
        <source>Hold the picture, or go on (Space)</source>
        <translation>定格画面，或继续（空格）</translation>
    </message>
    <message>
        <source>&amp;Step</source>
        <translation>单步(&amp;S)</translation>
    </message>
    <message>
        <source>Inspect one more frame and hold it</source>
        <translation>再检测一帧并定住画面</translation>
    </message>
    <message>
        <source>Sna&amp;pshot</source>
        <translation>快照(&amp;P)</translation>
    </message>
    <message>
        <source>Save picture and result</source>
        <translation>保存图片和结果</translation>
    </message>
    <message>
        <source>&amp;Record</source>
        <translation>录制(&amp;R)</translation>
    </message>
    <message>
        <source>Save what is inspected to a folder</source>
        <translation>把检测过的画面保存到文件夹</translation>
    </message>
    <message>
        <source>The &amp;last ones were good</source>
        <translation>最近的都是良品(&amp;L)</translation>
    </message>
    <message>
        <source>The last ones were good</source>
        <translation>最近的都是良品</translation>
    </message>
    <message>
        <source>Save the last pictures of this camera, up to 20, and compare with them as good parts</source>
        <translation>保存该相机最近的图像（最多 20 张），并作为良品与之比较</translation>
    </message>
    <message>
        <source>&amp;Verdict over the whole screen</source>
        <translation>全屏显示判定(&amp;V)</translation>
    </message>
    <message>
        <source>Options of this camera</source>
        <translation>此相机的选项</translation>
    </message>
    <message>
        <source>Remove this camera</source>
        <translation>移除此相机</translation>
    </message>
    <message>
        <source>&amp;Bring back the removed camera</source>
        <translation>恢复已移除的相机(&amp;B)</translation>
    </message>
    <message>
        <source>Sign &amp;in to this camera…</source>
        <translation>登录此相机(&amp;I)…</translation>
    </message>
    <message>
        <source>Show the &amp;folder of recordings</source>
        <translation>显示录像文件夹(&amp;F)</translation>
    </message>
    <message>
        <source>{name} was removed; Ctrl+Shift+B brings it back</source>
        <translation>已移除 {name}；按 Ctrl+Shift+B 恢复</translation>
    </message>
    <message>
        <source>Only network cameras have a user name and a password</source>
        <translation>只有网络相机才有用户名和密码</translation>
    </message>
    <message>
        <source>For GenICam cameras: 1. pip install harvesters. 2. Install the maker&apos;s software, which brings a producer (.cti). 3. Start this program again; the camera is listed here then.</source>
        <translation>使用 GenICam 相机：1. pip install harvesters。2. 安装相机厂商的软件，其中包含 producer（.cti）。3. 重新启动本程序；相机随后会列在这里。</translation>
    </message>
    <message>
        <source>For GenICam cameras: install the camera maker&apos;s software, set the environment variable {variable} to the folder of its producer (.cti), and start this program again.</source>
        <translation>使用 GenICam 相机：安装相机厂商的软件，将环境变量 {variable} 设为其 producer（.cti）所在的文件夹，然后重新启动本程序。</translation>
    </message>
</context>
<context>
    <name>Losses</name>
    <message>
        <source>Losses of each epoch</source>
        <translation>每一轮的损失</translation>
    </message>
    <message>
        <source>Loss: solid learned from, dashed kept apart</source>
        <translation>损失：实线为学习用零件，虚线为留出零件</translation>
    </message>
    <message>
        <source>epoch {number}</source>
        <translation>第 {number} 轮</translation>
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
        <source>Gallery</source>
        <translation>图库</translation>
    </message>
</context>
<context>
    <name>ManagingController</name>
    <message>
        <source>&amp;Models</source>
        <translation>模型(&amp;M)</translation>
    </message>
    <message>
        <source>{folder} is being checked and copied…</source>
        <translation>正在检查并复制 {folder}…</translation>
    </message>
    <message>
        <source>Your own models take {size} in {folder}</source>
        <translation>您自己的模型占用 {size}，位于 {folder}</translation>
    </message>
    <message>
        <source>The speed of {name} is being measured…</source>
        <translation>正在测量 {name} 的速度…</translation>
    </message>
    <message>
        <source>{name}: {speed} for one part</source>
        <translation>{name}：每个零件 {speed}</translation>
    </message>
    <message>
        <source>{name}: asking for the list of files…</source>
        <translation>{name}：正在获取文件列表…</translation>
    </message>
    <message>
        <source>{name} is installed; {proof}</source>
        <translation>{name} 已安装；{proof}</translation>
    </message>
    <message>
        <source>{name}: given up; what came is deleted</source>
        <translation>{name}：已放弃；已下载的内容已删除</translation>
    </message>
    <message>
        <source>{name}: paused; what came is kept</source>
        <translation>{name}：已暂停；已下载的内容会保留</translation>
    </message>
    <message>
        <source>its files are those that its makers state</source>
        <translation>其文件与制作者公布的一致</translation>
    </message>
    <message>
        <source>its files are those of the installation before</source>
        <translation>其文件与上次安装时一致</translation>
    </message>
    <message>
        <source>its files have the hashes that the hub states</source>
        <translation>其文件与模型库公布的哈希值一致</translation>
    </message>
    <message>
        <source>its files arrived whole, but only the mirror says that they are the published ones</source>
        <translation>文件完整到达，但只有镜像站声称它们就是公布的文件</translation>
    </message>
    <message>
        <source>{name} is installed in {folder}</source>
        <translation>{name} 已安装到 {folder}</translation>
    </message>
    <message>
        <source>A model that inspects can&apos;t be removed; use another one first</source>
        <translation>正在检测的模型不能删除；请先换用另一个模型</translation>
    </message>
    <message>
        <source>Remove {name} from this computer? {size} become free.</source>
        <translation>要从这台电脑上删除 {name} 吗？将释放 {size}。</translation>
    </message>
    <message>
        <source>A few MB</source>
        <translation>几 MB</translation>
    </message>
    <message>
        <source>{size} MB are free now</source>
        <translation>已释放 {size} MB</translation>
    </message>
    <message>
        <source>Remove a model</source>
        <translation>删除模型</translation>
    </message>
    <message>
        <source>Add a model folder</source>
        <translation>添加模型文件夹</translation>
    </message>
</context>
<context>
    <name>ManualBrowser</name>
    <message>
        <source>Manual</source>
        <translation>手册</translation>
    </message>
    <message>
        <source>manual.md</source>
        <translation>manual.zh_CN.md</translation>
    </message>
</context>
<context>
    <name>ManualDialog</name>
    <message>
        <source>Manual</source>
        <translation>手册</translation>
    </message>
    <message>
        <source>Contents</source>
        <translation>目录</translation>
    </message>
    <message>
        <source>Search the manual</source>
        <translation>搜索手册</translation>
    </message>
    <message>
        <source>Not in the manual</source>
        <translation>手册中没有</translation>
    </message>
</context>
<context>
    <name>MeasureDialog</name>
    <message>
        <source>Measure a threshold</source>
        <translation>测定阈值</translation>
    </message>
    <message>
        <source>Good parts</source>
        <translation>良品</translation>
    </message>
    <message>
        <source>Known as good in this folder ({count})</source>
        <translation>此文件夹中已知合格的（{count}）</translation>
    </message>
    <message>
        <source>Defective parts</source>
        <translation>缺陷零件</translation>
    </message>
    <message>
        <source>None</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Known as defective in this folder ({count})</source>
        <translation>此文件夹中已知有缺陷的（{count}）</translation>
    </message>
    <message>
        <source>Chosen by</source>
        <translation>选取依据</translation>
    </message>
    <message>
        <source>False-reject rate</source>
        <translation>误拒率</translation>
    </message>
    <message>
        <source>Best F1</source>
        <translation>最佳 F1</translation>
    </message>
    <message>
        <source>Least cost</source>
        <translation>最低成本</translation>
    </message>
    <message>
        <source>The threshold in force</source>
        <translation>当前阈值</translation>
    </message>
    <message>
        <source>Good parts that may be rejected</source>
        <translation>允许拒绝的良品</translation>
    </message>
    <message>
        <source>A missed defect costs</source>
        <translation>漏掉一个缺陷的成本</translation>
    </message>
    <message>
        <source>Limits for each channel of evidence, at that rate</source>
        <translation>按此比率为每个证据通道设定限值</translation>
    </message>
    <message>
        <source>Smallest region, at that rate</source>
        <translation>按此比率测定最小区域</translation>
    </message>
    <message>
        <source>Decisions and folders named good or defect say what is known of a part.</source>
        <translation>零件的已知情况来自决定，以及以 good 或 defect 命名的文件夹。</translation>
    </message>
    <message>
        <source>Measure</source>
        <translation>测定</translation>
    </message>
    <message>
        <source>Use this threshold</source>
        <translation>使用此阈值</translation>
    </message>
    <message>
        <source>Save the calibration…</source>
        <translation>保存校准…</translation>
    </message>
    <message>
        <source>Threshold {threshold}</source>
        <translation>阈值 {threshold}</translation>
    </message>
    <message>
        <source>{rejected} of {total} good parts would be rejected</source>
        <translation>{total} 个良品中有 {rejected} 个会被拒绝</translation>
    </message>
    <message>
        <source>{found} of {total} defective parts are found</source>
        <translation>{total} 个缺陷零件中找到 {found} 个</translation>
    </message>
    <message>
        <source>Of good parts to come, {low} to {high} % are rejected: {few} to {many} of the next 100 (95 %)</source>
        <translation>今后的良品中有 {low} 至 {high} % 会被拒绝：接下来 100 个中的 {few} 至 {many} 个（95 %）</translation>
    </message>
    <message>
        <source>No number of good parts can promise that none is rejected</source>
        <translation>无论多少良品都不能保证一个也不被拒绝</translation>
    </message>
    <message>
        <source>A rate of {rate} % needs {needed} good parts to be promised; add some</source>
        <translation>要保证 {rate} % 的比率需要 {needed} 个良品；请再添加一些</translation>
    </message>
    <message>
        <source>A good part to come is rejected with a probability of at most {rate} %</source>
        <translation>今后的良品被拒绝的概率至多为 {rate} %</translation>
    </message>
    <message>
        <source>Smallest region: none, since more than {rate} % of the good parts are defective as a whole</source>
        <translation>最小区域：无，因为超过 {rate} % 的良品整体被判为有缺陷</translation>
    </message>
    <message>
        <source>Smallest region: {pixels} px; at most {rate} % of good parts to come have one as large</source>
        <translation>最小区域：{pixels} 像素；今后的良品中至多 {rate} % 有这么大的区域</translation>
    </message>
    <message>
        <source>Smallest region: {pixels} px, larger than any of these good parts has; a rate of {rate} % needs {needed} good parts to be promised</source>
        <translation>最小区域：{pixels} 像素，大于这些良品的所有区域；要保证 {rate} % 的比率需要 {needed} 个良品</translation>
    </message>
    <message>
        <source>Smallest region: {pixels} px, larger than any of these good parts has; no number of good parts can promise that none to come has one as large</source>
        <translation>最小区域：{pixels} 像素，大于这些良品的所有区域；无论多少良品都不能保证今后一个也没有这么大的区域</translation>
    </message>
    <message>
        <source>Limits of the evidence, each at that rate by itself: {limits}</source>
        <translation>证据的限值，各自按此比率：{limits}</translation>
    </message>
    <message>
        <source>With the limits, {rejected} of {total} good parts would be rejected</source>
        <translation>连同这些限值，{total} 个良品中将有 {rejected} 个被拒绝</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>文件夹…</translation>
    </message>
</context>
<context>
    <name>MeasuringController</name>
    <message>
        <source>&amp;Measure from good parts…</source>
        <translation>用良品测定阈值(&amp;M)…</translation>
    </message>
    <message>
        <source>Measure…</source>
        <translation>测定…</translation>
    </message>
    <message>
        <source>Measure a threshold from parts that are known to be good</source>
        <translation>用已知的良品测定阈值</translation>
    </message>
    <message>
        <source>Open a cali&amp;bration…</source>
        <translation>打开校准(&amp;B)…</translation>
    </message>
    <message>
        <source>There is no model yet</source>
        <translation>尚无模型</translation>
    </message>
    <message>
        <source>A folder of good parts</source>
        <translation>良品的文件夹</translation>
    </message>
    <message>
        <source>A folder of defective parts</source>
        <translation>缺陷零件的文件夹</translation>
    </message>
    <message>
        <source>Looking for parts…</source>
        <translation>正在查找零件…</translation>
    </message>
    <message>
        <source>Saved {path}</source>
        <translation>已保存 {path}</translation>
    </message>
    <message>
        <source>There is no model yet; open the calibration when it is loaded.</source>
        <translation>尚无模型；请在加载后打开校准。</translation>
    </message>
    <message>
        <source>The calibration is not used: {message}</source>
        <translation>未使用该校准：{message}</translation>
    </message>
    <message>
        <source>Threshold {threshold}, measured from {count} good parts</source>
        <translation>阈值 {threshold}，由 {count} 个良品测定</translation>
    </message>
    <message>
        <source>Threshold {threshold}, set by hand; what it does was measured from {count} good parts</source>
        <translation>阈值 {threshold}，由手动设置；其效果由 {count} 个良品测定</translation>
    </message>
    <message>
        <source>limits of the evidence: {limits}</source>
        <translation>证据的限值：{limits}</translation>
    </message>
    <message>
        <source>smallest region: {pixels} px</source>
        <translation>最小区域：{pixels} 像素</translation>
    </message>
    <message>
        <source>{count} of {total} inspected</source>
        <translation>已检测 {count} / {total}</translation>
    </message>
    <message>
        <source>{count} of {total} rejected good parts inspected again</source>
        <translation>被拒绝的良品已重新检测 {count}/{total}</translation>
    </message>
    <message>
        <source>The model or its settings changed meanwhile; measure again.</source>
        <translation>模型或设置已在此期间更改；请重新测量。</translation>
    </message>
    <message>
        <source>Calibrations ({pattern})</source>
        <translation>校准文件 ({pattern})</translation>
    </message>
    <message>
        <source>Open a calibration</source>
        <translation>打开校准</translation>
    </message>
    <message>
        <source>Save the calibration</source>
        <translation>保存校准</translation>
    </message>
</context>
<context>
    <name>Menus</name>
    <message>
        <source>Open &amp;recent</source>
        <translation>最近打开(&amp;R)</translation>
    </message>
    <message>
        <source>Space</source>
        <translation>空格</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>文件(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>编辑(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Parts</source>
        <translation>零件(&amp;P)</translation>
    </message>
    <message>
        <source>Home, End, Page Up, Page Down</source>
        <translation>Home、End、Page Up、Page Down</translation>
    </message>
    <message>
        <source>First or last part, or ten parts on or back</source>
        <translation>第一个或最后一个零件，或前后十个零件</translation>
    </message>
    <message>
        <source>&amp;Layers</source>
        <translation>图层(&amp;L)</translation>
    </message>
    <message>
        <source>Arrows</source>
        <translation>方向键</translation>
    </message>
    <message>
        <source>Point or draw on the canvas; with Shift faster</source>
        <translation>在画布上指向或绘制；按住 Shift 更快</translation>
    </message>
    <message>
        <source>Enter, Backspace</source>
        <translation>Enter、Backspace</translation>
    </message>
    <message>
        <source>Pin a patch, or set a corner and take it back</source>
        <translation>固定图块，或设置一角并可收回</translation>
    </message>
    <message>
        <source>Flip between part and layer</source>
        <translation>在零件与图层间切换</translation>
    </message>
    <message>
        <source>Li&amp;ve</source>
        <translation>实时(&amp;V)</translation>
    </message>
    <message>
        <source>Freeze the picture, or go on</source>
        <translation>定格画面，或继续</translation>
    </message>
    <message>
        <source>&amp;Manage</source>
        <translation>管理(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Panels</source>
        <translation>面板(&amp;P)</translation>
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
        <source>&amp;Assignment to subspaces</source>
        <translation>子空间分配方式(&amp;A)</translation>
    </message>
    <message>
        <source>T&amp;iles of large parts</source>
        <translation>大零件分块(&amp;I)</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>More</source>
        <translation>更多</translation>
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
    <name>Meter</name>
    <message>
        <source>threshold {value}</source>
        <translation>阈值 {value}</translation>
    </message>
</context>
<context>
    <name>ModelMenu</name>
    <message>
        <source>Choose the model that inspects the parts</source>
        <translation>选择用于检测零件的模型</translation>
    </message>
    <message>
        <source>Model: {name}</source>
        <translation>模型：{name}</translation>
    </message>
    <message>
        <source>{count} MB</source>
        <translation>{count} MB</translation>
    </message>
</context>
<context>
    <name>ModelWords</name>
    <message>
        <source>Subspaces that were learned from marked parts</source>
        <translation>从已标注零件中学到的子空间</translation>
    </message>
    <message>
        <source>Quick on any processor; finds defects by words</source>
        <translation>在任何处理器上都很快；按文字查找缺陷</translation>
    </message>
    <message>
        <source>Compares parts with each other best; for folders and good parts</source>
        <translation>最善于零件之间的比较；适合文件夹和良品参考</translation>
    </message>
    <message>
        <source>The model of the published results; wants a graphics card</source>
        <translation>论文结果所用的模型；需要显卡</translation>
    </message>
    <message>
        <source>A quick middle way</source>
        <translation>速度较快的折中选择</translation>
    </message>
    <message>
        <source>Trained on open data; wants a graphics card</source>
        <translation>用公开数据训练；需要显卡</translation>
    </message>
    <message>
        <source>Trained on open data; a quick middle way</source>
        <translation>用公开数据训练；速度较快的折中选择</translation>
    </message>
    <message>
        <source>Another way of training, for comparison</source>
        <translation>另一种训练方式，可供比较</translation>
    </message>
    <message>
        <source>Understands defects in many languages</source>
        <translation>能理解多种语言描述的缺陷</translation>
    </message>
    <message>
        <source>Understands defects in many languages; the largest</source>
        <translation>能理解多种语言描述的缺陷；最大的模型</translation>
    </message>
    <message>
        <source>{share} % here</source>
        <translation>已有 {share} %</translation>
    </message>
    <message>
        <source>Bundled</source>
        <translation>随程序附带</translation>
    </message>
    <message>
        <source>Installed</source>
        <translation>已安装</translation>
    </message>
    <message>
        <source>On this disk</source>
        <translation>在本机磁盘上</translation>
    </message>
    <message>
        <source>Not here</source>
        <translation>未下载</translation>
    </message>
    <message>
        <source>{count} MB</source>
        <translation>{count} MB</translation>
    </message>
    <message>
        <source>{name}: {done} of {total} MB</source>
        <translation>{name}：{done} / {total} MB</translation>
    </message>
    <message>
        <source>{rate} MB/s</source>
        <translation>{rate} MB/秒</translation>
    </message>
</context>
<context>
    <name>ModelsController</name>
    <message>
        <source>Open a model &amp;folder…</source>
        <translation>打开模型文件夹(&amp;F)…</translation>
    </message>
    <message>
        <source>Open a model folder</source>
        <translation>打开模型文件夹</translation>
    </message>
    <message>
        <source>{failed} could not be loaded, so {working} stays: {message}</source>
        <translation>无法加载 {failed}，继续使用 {working}：{message}</translation>
    </message>
    <message>
        <source>The model could not be loaded: {message}</source>
        <translation>无法加载模型：{message}</translation>
    </message>
    <message>
        <source>{folder} is no model folder: it needs open_clip_config.json and model.safetensors.</source>
        <translation>{folder} 不是模型文件夹：需要 open_clip_config.json 和 model.safetensors。</translation>
    </message>
</context>
<context>
    <name>ModelsPage</name>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Here</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>许可证</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Speed on this computer</source>
        <translation>在本机上的速度</translation>
    </message>
    <message>
        <source>What it is good for</source>
        <translation>适用于</translation>
    </message>
    <message>
        <source>Use this model</source>
        <translation>使用此模型</translation>
    </message>
    <message>
        <source>Measure its speed</source>
        <translation>测量速度</translation>
    </message>
    <message>
        <source>Download</source>
        <translation>下载</translation>
    </message>
    <message>
        <source>Remove…</source>
        <translation>删除…</translation>
    </message>
    <message>
        <source>Add a model folder…</source>
        <translation>添加模型文件夹…</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Download from</source>
        <translation>下载来源</translation>
    </message>
    <message>
        <source>Progress of the download</source>
        <translation>下载进度</translation>
    </message>
    <message>
        <source>Go on downloading ({size})</source>
        <translation>继续下载（{size}）</translation>
    </message>
    <message>
        <source>Download ({size})</source>
        <translation>下载（{size}）</translation>
    </message>
</context>
<context>
    <name>NoteEditor</name>
    <message>
        <source>Note</source>
        <translation>备注</translation>
    </message>
    <message>
        <source>What should others know about this part?</source>
        <translation>关于此零件，其他人应该知道什么？</translation>
    </message>
    <message>
        <source>Ctrl+Enter keeps it</source>
        <translation>按 Ctrl+Enter 保存</translation>
    </message>
</context>
<context>
    <name>OperatorScreen</name>
    <message>
        <source>Verdict</source>
        <translation>判定</translation>
    </message>
    <message>
        <source>DEFECT</source>
        <translation>缺陷</translation>
    </message>
    <message>
        <source>GOOD</source>
        <translation>合格</translation>
    </message>
    <message>
        <source>NO PICTURE</source>
        <translation>无画面</translation>
    </message>
    <message>
        <source>WAITING</source>
        <translation>等待中</translation>
    </message>
</context>
<context>
    <name>Outputs</name>
    <message>
        <source>Frames are left out of what is sent: the disk is too slow for them.</source>
        <translation>有些画面没有发送：磁盘速度跟不上。</translation>
    </message>
    <message>
        <source>{output} has refused {count} results for good: {reason}</source>
        <translation>{output} 永久拒收了 {count} 个结果：{reason}</translation>
    </message>
    <message>
        <source>{problem}. Results wait on this disk meanwhile.</source>
        <translation>{problem}。结果暂存在本机磁盘上。</translation>
    </message>
    <message>
        <source>{output} takes results again</source>
        <translation>{output} 又可以接收结果了</translation>
    </message>
</context>
<context>
    <name>OutputsController</name>
    <message>
        <source>Send res&amp;ults…</source>
        <translation>发送结果(&amp;U)…</translation>
    </message>
    <message>
        <source>Send each result to a broker, a web server or a file</source>
        <translation>把每个结果发送到消息代理、Web 服务器或文件</translation>
    </message>
</context>
<context>
    <name>OutputsDialog</name>
    <message>
        <source>Send results</source>
        <translation>发送结果</translation>
    </message>
    <message>
        <source>The result of every part that is inspected, with Inspect all or by itself, and of every frame of the live view goes to these places: brokers of MQTT, web servers, files or folders of JSON lines. What can&apos;t be sent waits on this disk.</source>
        <translation>每个被检零件（用“全部检查”或单独检查）以及实时画面每一帧的结果都发送到这些位置：MQTT 消息代理、Web 服务器、JSON 行文件或文件夹。暂时无法发送的结果保存在本机磁盘上。</translation>
    </message>
    <message>
        <source>Passwords do not belong here. They come from the environment (TOKENCLIP_MQTT_PASSWORD, TOKENCLIP_WEBHOOK_SECRET) or from the key ring: keyring set tokenclip-inspector name@host</source>
        <translation>请不要在这里填写密码。密码来自环境变量（TOKENCLIP_MQTT_PASSWORD、TOKENCLIP_WEBHOOK_SECRET）或密钥环：keyring set tokenclip-inspector name@host</translation>
    </message>
    <message>
        <source>Places, one a line</source>
        <translation>位置，每行一个</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>{output}: {sent} sent, {waiting} waiting</source>
        <translation>{output}：已发送 {sent}，等待 {waiting}</translation>
    </message>
</context>
<context>
    <name>OwnMapController</name>
    <message>
        <source>{name} alone</source>
        <translation>仅 {name}</translation>
    </message>
    <message>
        <source>Stretched to {value}</source>
        <translation>已拉伸至 {value}</translation>
    </message>
</context>
<context>
    <name>PartSizeController</name>
    <message>
        <source>Si&amp;ze of the part…</source>
        <translation>零件尺寸(&amp;Z)…</translation>
    </message>
    <message>
        <source>Size of the part</source>
        <translation>零件尺寸</translation>
    </message>
    <message>
        <source>What the width of the picture shows, in millimetres (0: not known)</source>
        <translation>图像宽度对应的实际长度，单位为毫米（0：未知）</translation>
    </message>
</context>
<context>
    <name>PartsDelegate</name>
    <message>
        <source>{defects} of {count} defective</source>
        <translation>{count} 个中有 {defects} 个缺陷</translation>
    </message>
</context>
<context>
    <name>PartsModel</name>
    <message>
        <source>The file was removed or renamed; what was said of it stays.</source>
        <translation>文件已被删除或重命名；其检测结果仍保留。</translation>
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
        <source>Filter parts by folder</source>
        <translation>按文件夹筛选零件</translation>
    </message>
    <message>
        <source>Filter parts by verdict or decision</source>
        <translation>按判定或决定筛选零件</translation>
    </message>
    <message>
        <source>All</source>
        <translation>全部</translation>
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
        <source>Accepted</source>
        <translation>已接受</translation>
    </message>
    <message>
        <source>Rejected</source>
        <translation>已拒绝</translation>
    </message>
    <message>
        <source>Not decided</source>
        <translation>未决定</translation>
    </message>
    <message>
        <source>Decided otherwise</source>
        <translation>决定与程序不同</translation>
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
        <source>All folders ({count})</source>
        <translation>所有文件夹（{count}）</translation>
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
        <source>Ignored: not in plan, map or score</source>
        <translation>已忽略：不计入传输、热图和得分</translation>
    </message>
    <message>
        <source>Anomaly {value}</source>
        <translation>异常 {value}</translation>
    </message>
    <message>
        <source>Anomaly {value} in block {number}</source>
        <translation>异常 {value}（第 {number} 块）</translation>
    </message>
    <message>
        <source>rarity {value}</source>
        <translation>罕见度 {value}</translation>
    </message>
    <message>
        <source>Rarity: how unlike most of the part a patch is. The anomaly has been multiplied with it.</source>
        <translation>罕见度：图块与零件其余大部分的差异程度。异常值已乘以它。</translation>
    </message>
</context>
<context>
    <name>PresentationController</name>
    <message>
        <source>Score from</source>
        <translation>得分来自</translation>
    </message>
    <message>
        <source>Region {number}</source>
        <translation>区域 {number}</translation>
    </message>
    <message>
        <source>This part can&apos;t be inspected</source>
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
    <name>RecipeMenu</name>
    <message>
        <source>All that decides a verdict, in one file: model, thresholds, areas and scoring</source>
        <translation>决定判定的一切都在一个文件中：模型、阈值、检测范围和评分</translation>
    </message>
    <message>
        <source>{name} (changed)</source>
        <translation>{name}（已更改）</translation>
    </message>
    <message>
        <source>Recipe: {name}</source>
        <translation>配方：{name}</translation>
    </message>
    <message>
        <source>Recipe</source>
        <translation>配方</translation>
    </message>
</context>
<context>
    <name>RecipesController</name>
    <message>
        <source>Open a &amp;recipe…</source>
        <translation>打开配方(&amp;R)…</translation>
    </message>
    <message>
        <source>Save a recip&amp;e…</source>
        <translation>保存配方(&amp;E)…</translation>
    </message>
    <message>
        <source>&amp;Leave the recipe</source>
        <translation>退出配方(&amp;L)</translation>
    </message>
    <message>
        <source>There is no model yet; save the recipe when it is loaded.</source>
        <translation>还没有模型；请在加载完成后保存配方。</translation>
    </message>
    <message>
        <source>The recipe could not be opened: {message}</source>
        <translation>无法打开配方：{message}</translation>
    </message>
    <message>
        <source>Saved {path}</source>
        <translation>已保存 {path}</translation>
    </message>
    <message>
        <source>The recipe could not be saved: {message}</source>
        <translation>无法保存配方：{message}</translation>
    </message>
    <message>
        <source>recipe</source>
        <translation>配方</translation>
    </message>
    <message>
        <source>Recipes ({pattern})</source>
        <translation>配方 ({pattern})</translation>
    </message>
    <message>
        <source>Open a recipe</source>
        <translation>打开配方</translation>
    </message>
    <message>
        <source>Save a recipe</source>
        <translation>保存配方</translation>
    </message>
    <message>
        <source>Co&amp;mpare with a recipe…</source>
        <translation>与配方比较(&amp;M)…</translation>
    </message>
    <message>
        <source>There is no model yet; compare the recipe when it is loaded.</source>
        <translation>尚无模型；请在模型加载后再比较配方。</translation>
    </message>
    <message>
        <source>How parts are judged now</source>
        <translation>当前的判定方式</translation>
    </message>
    <message>
        <source>The recipe could not be compared: {message}</source>
        <translation>无法比较配方：{message}</translation>
    </message>
</context>
<context>
    <name>ReportBar</name>
    <message>
        <source>Progress of the report</source>
        <translation>报告进度</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Open the report in the browser</source>
        <translation>在浏览器中打开报告</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Report: {count} of {total}</source>
        <translation>报告 {count} / {total}</translation>
    </message>
    <message>
        <source>Saved: {name}</source>
        <translation>已保存：{name}</translation>
    </message>
    <message>
        <source>Stop writing the report</source>
        <translation>停止生成报告</translation>
    </message>
</context>
<context>
    <name>ReportController</name>
    <message>
        <source>Save a &amp;report…</source>
        <translation>保存报告(&amp;R)…</translation>
    </message>
    <message>
        <source>Report</source>
        <translation>报告</translation>
    </message>
    <message>
        <source>Save what is inspected as a report with pictures, a table, or regions for annotation tools</source>
        <translation>将检测结果保存为带图片的报告、表格，或供标注工具使用的区域</translation>
    </message>
    <message>
        <source>A report is being written; wait for it or stop it</source>
        <translation>正在生成报告；请等待完成或将其停止</translation>
    </message>
    <message>
        <source>There is nothing to report yet: inspect some parts first</source>
        <translation>还没有可报告的内容：请先检测一些零件</translation>
    </message>
    <message>
        <source>The report could not be saved: {message}</source>
        <translation>无法保存报告：{message}</translation>
    </message>
    <message>
        <source>Save the report</source>
        <translation>保存报告</translation>
    </message>
</context>
<context>
    <name>ReportDialog</name>
    <message>
        <source>Report</source>
        <translation>报告</translation>
    </message>
    <message>
        <source>Inspected parts: {count} of {total}</source>
        <translation>已检测零件：{count} / {total}</translation>
    </message>
    <message>
        <source>Inspect all (Shift+F5) inspects the others.</source>
        <translation>“全部检测”(Shift+F5) 会检测其余零件。</translation>
    </message>
    <message>
        <source>The report has pictures, scores, regions and who decided what; the worst parts come first. The other files hold all inspected parts.</source>
        <translation>报告包含图片、分数、区域以及谁作了何种决定；最差的零件在前。其他文件包含所有已检测的零件。</translation>
    </message>
    <message>
        <source>Most parts with pictures</source>
        <translation>最多附图的零件数</translation>
    </message>
    <message>
        <source>Web page (HTML)</source>
        <translation>网页（HTML）</translation>
    </message>
    <message>
        <source>Pages of paper (PDF)</source>
        <translation>打印页面（PDF）</translation>
    </message>
    <message>
        <source>Table (CSV)</source>
        <translation>表格（CSV）</translation>
    </message>
    <message>
        <source>JSON lines</source>
        <translation>JSON 行</translation>
    </message>
    <message>
        <source>Regions as COCO</source>
        <translation>区域（COCO 格式）</translation>
    </message>
    <message>
        <source>Regions as LabelMe</source>
        <translation>区域（LabelMe 格式）</translation>
    </message>
    <message>
        <source>Save as…</source>
        <translation>另存为…</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>RescoringController</name>
    <message>
        <source>Of {count} parts, inspected earlier, only the score is known, not what each channel of evidence said. Inspect them again to judge them by the limits.</source>
        <translation>有 {count} 个以前检测的部件只知道分数，不知道各证据通道的结果。要按限值判定，请重新检测。</translation>
    </message>
</context>
<context>
    <name>ReviewBar</name>
    <message>
        <source>Accept this part (A)</source>
        <translation>接受此零件 (A)</translation>
    </message>
    <message>
        <source>Reject this part (R)</source>
        <translation>拒绝此零件 (R)</translation>
    </message>
    <message>
        <source>Write a note (T)</source>
        <translation>写备注 (T)</translation>
    </message>
    <message>
        <source>Who decided</source>
        <translation>由谁决定</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>接受</translation>
    </message>
    <message>
        <source>Reject</source>
        <translation>拒绝</translation>
    </message>
    <message>
        <source>accepted by {who}, {when}</source>
        <translation>{who} 于 {when} 接受</translation>
    </message>
    <message>
        <source>rejected by {who}, {when}</source>
        <translation>{who} 于 {when} 拒绝</translation>
    </message>
    <message>
        <source>noted by {who}, {when}</source>
        <translation>{who} 于 {when} 备注</translation>
    </message>
</context>
<context>
    <name>ReviewController</name>
    <message>
        <source>&amp;Accept</source>
        <translation>接受(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Reject</source>
        <translation>拒绝(&amp;R)</translation>
    </message>
    <message>
        <source>Write a n&amp;ote</source>
        <translation>写备注(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Who decides…</source>
        <translation>由谁决定(&amp;W)…</translation>
    </message>
    <message>
        <source>A&amp;greement with the reviewers…</source>
        <translation>与审核者的一致性(&amp;G)…</translation>
    </message>
    <message>
        <source>{part}: note written</source>
        <translation>{part}：已写备注</translation>
    </message>
    <message>
        <source>{part}: accepted</source>
        <translation>{part}：已接受</translation>
    </message>
    <message>
        <source>{part}: rejected</source>
        <translation>{part}：已拒绝</translation>
    </message>
    <message>
        <source>{part}: decision taken back</source>
        <translation>{part}：已撤回决定</translation>
    </message>
    <message>
        <source>Who decides?</source>
        <translation>由谁决定？</translation>
    </message>
    <message>
        <source>Decisions are kept with this name and the time:</source>
        <translation>决定会与此姓名和时间一起保存：</translation>
    </message>
    <message>
        <source>review</source>
        <translation>评审</translation>
    </message>
    <message>
        <source>marked defects</source>
        <translation>标出的缺陷</translation>
    </message>
</context>
<context>
    <name>ReviewNotice</name>
    <message>
        <source>What was decided</source>
        <translation>所作的决定</translation>
    </message>
</context>
<context>
    <name>Ruler</name>
    <message>
        <source>Scale in millimetres</source>
        <translation>毫米比例尺</translation>
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
    <name>ScoringControls</name>
    <message>
        <source>Optimal transport</source>
        <translation>最优传输</translation>
    </message>
    <message>
        <source>Softmax</source>
        <translation>Softmax</translation>
    </message>
    <message>
        <source>All subspaces (k = K)</source>
        <translation>全部子空间 (k = K)</translation>
    </message>
    <message>
        <source>Scoring</source>
        <translation>评分</translation>
    </message>
    <message>
        <source>How patches are assigned to subspaces, and how the map is smoothed</source>
        <translation>图块如何分配到子空间，以及热图如何平滑</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>重置</translation>
    </message>
    <message>
        <source>Back to the model&apos;s own values</source>
        <translation>恢复模型自带的值</translation>
    </message>
    <message>
        <source>Top-k</source>
        <translation>Top-k</translation>
    </message>
    <message>
        <source>How many subspaces each patch keeps: its own few, or all of them</source>
        <translation>每个图块保留多少个子空间：少数几个或全部</translation>
    </message>
    <message>
        <source>Epsilon</source>
        <translation>Epsilon</translation>
    </message>
    <message>
        <source>How soft the transport is: small decides for few subspaces, large spreads over all</source>
        <translation>传输的柔和程度：小值集中于少数子空间，大值分散到全部</translation>
    </message>
    <message>
        <source>Smoothing</source>
        <translation>平滑</translation>
    </message>
    <message>
        <source>Gaussian smoothing of the map, in pixels at an input of 518 pixels</source>
        <translation>热图的高斯平滑，以 518 像素输入时的像素计</translation>
    </message>
    <message>
        <source>Rarity</source>
        <translation>罕见度</translation>
    </message>
    <message>
        <source>How rare a patch must be in its part to count in full in the map: what repeats all over a part is seldom a defect. Off shows large, even areas best. The score does not change.</source>
        <translation>图块在零件中须有多罕见才在图中完全计入：遍布零件的重复结构很少是缺陷。关闭时最能显示大片均匀区域。得分不变。</translation>
    </message>
    <message>
        <source>Blocks</source>
        <translation>网络块</translation>
    </message>
    <message>
        <source>The blocks of the model whose patches count</source>
        <translation>图块计入结果的模型网络块</translation>
    </message>
    <message>
        <source>Block {number}</source>
        <translation>第 {number} 块</translation>
    </message>
    <message>
        <source>Assignment</source>
        <translation>分配方式</translation>
    </message>
    <message>
        <source>How patches are assigned to subspaces</source>
        <translation>图块如何分配给子空间</translation>
    </message>
    <message>
        <source>Compare optimal transport with a plain softmax; the map follows.</source>
        <translation>将最优传输与普通 softmax 相比较；热图随之变化。</translation>
    </message>
    <message>
        <source>Tiles</source>
        <translation>分块</translation>
    </message>
    <message>
        <source>Tiles of large parts</source>
        <translation>大零件的分块</translation>
    </message>
    <message>
        <source>Larger parts are cut into overlapping tiles of this side, each inspected by itself: small defects keep their pixels. Every tile goes through the model, so that takes longer.</source>
        <translation>更大的零件被切成这一边长的重叠小块，每块单独检测：小缺陷保留其像素。每块都要经过模型，因此耗时更长。</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>关</translation>
    </message>
    <message>
        <source>Parts above {side} px</source>
        <translation>大于 {side} 像素的零件</translation>
    </message>
    <message>
        <source>top-{count} · epsilon {epsilon} · smooth {sigma} px</source>
        <translation>top-{count} · epsilon {epsilon} · 平滑 {sigma} px</translation>
    </message>
    <message>
        <source>tiles {side} px</source>
        <translation>分块 {side} 像素</translation>
    </message>
</context>
<context>
    <name>SearchAnswer</name>
    <message>
        <source>Like patch {row}, {column} of {name}, by cosine · whole parts searched: {whole}</source>
        <translation>与 {name} 的图块 {row}, {column} 余弦相似 · 完整比较的零件：{whole}</translation>
    </message>
    <message>
        <source> · parts searched by their {patches} most anomalous patches: {kept}</source>
        <translation> · 仅比较最异常的 {patches} 个图块的零件：{kept}</translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>SettingsFormController</name>
    <message>
        <source>Se&amp;ttings…</source>
        <translation>设置(&amp;T)…</translation>
    </message>
    <message>
        <source>&amp;Dark or light</source>
        <translation>深色或浅色(&amp;D)</translation>
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
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>窗口</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Engine</source>
        <translation>推理引擎</translation>
    </message>
    <message>
        <source>Automatic takes the quickest one that gives the same tokens.</source>
        <translation>“自动”选用结果相同且最快的引擎。</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>精度</translation>
    </message>
    <message>
        <source>Image side</source>
        <translation>图像边长</translation>
    </message>
    <message>
        <source>The model&apos;s own</source>
        <translation>模型默认</translation>
    </message>
    <message>
        <source>A larger side finds smaller defects and takes longer.</source>
        <translation>边长越大，能发现越小的缺陷，但耗时更长。</translation>
    </message>
    <message>
        <source>Threads</source>
        <translation>线程数</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>Bits of 16</source>
        <translation>16 位中的位数</translation>
    </message>
    <message>
        <source>Of 16-bit pictures. Automatic: the fewest that hold all values of a folder.</source>
        <translation>用于 16 位图片。自动：取能容纳文件夹中所有数值的最少位数。</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>Results kept</source>
        <translation>保留的结果</translation>
    </message>
    <message>
        <source>Parts whose results are kept are shown again at once.</source>
        <translation>结果被保留的零件再次显示时无需等待。</translation>
    </message>
    <message>
        <source>History</source>
        <translation>历史记录</translation>
    </message>
    <message>
        <source>Kept</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Not kept</source>
        <translation>不保存</translation>
    </message>
    <message>
        <source>Verdicts and decisions come back when a folder is opened again.</source>
        <translation>再次打开文件夹时，判定和决定会重新显示。</translation>
    </message>
    <message>
        <source>Runs kept for</source>
        <translation>运行保留</translation>
    </message>
    <message>
        <source>days</source>
        <translation>天</translation>
    </message>
    <message>
        <source>Ever</source>
        <translation>永久</translation>
    </message>
    <message>
        <source>Older runs are deleted at the next start; decisions stay.</source>
        <translation>更早的运行在下次启动时删除；决定会保留。</translation>
    </message>
</context>
<context>
    <name>ShelfDialog</name>
    <message>
        <source>Good parts</source>
        <translation>良品</translation>
    </message>
    <message>
        <source>Drop good parts here, or put the shown part here (Ctrl+Shift+G). Every part is compared with them.</source>
        <translation>把良品拖到这里，或把显示的零件放到这里（Ctrl+Shift+G）。每个零件都会与它们比较。</translation>
    </message>
    <message>
        <source>Take off</source>
        <translation>取下</translation>
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
    <name>SubspaceEditor</name>
    <message>
        <source>Name of the subspace</source>
        <translation>子空间的名称</translation>
    </message>
    <message>
        <source>Own threshold</source>
        <translation>单独阈值</translation>
    </message>
    <message>
        <source>Own threshold of the subspace</source>
        <translation>子空间的单独阈值</translation>
    </message>
    <message>
        <source>Tolerated below</source>
        <translation>低于此值则容许</translation>
    </message>
    <message>
        <source>Tolerance of the subspace</source>
        <translation>该子空间的容许度</translation>
    </message>
    <message>
        <source>Colour…</source>
        <translation>颜色…</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Where this subspace alone reaches its own threshold, there is a region, and the part is a defect, whatever the score.</source>
        <translation>此子空间单独达到其阈值之处即为区域，零件判为缺陷，与总得分无关。</translation>
    </message>
    <message>
        <source>Patches whose anomaly comes from this subspace most don&apos;t count below its tolerance.</source>
        <translation>异常主要来自此子空间且低于容许度的图块不计入。</translation>
    </message>
</context>
<context>
    <name>SubspaceLegend</name>
    <message>
        <source>Colours of the subspaces</source>
        <translation>子空间的颜色</translation>
    </message>
</context>
<context>
    <name>Subspaces</name>
    <message>
        <source>scratch</source>
        <translation>划痕</translation>
    </message>
    <message>
        <source>crack</source>
        <translation>裂纹</translation>
    </message>
    <message>
        <source>hole</source>
        <translation>孔洞</translation>
    </message>
    <message>
        <source>stain</source>
        <translation>污渍</translation>
    </message>
    <message>
        <source>dent</source>
        <translation>凹陷</translation>
    </message>
    <message>
        <source>contamination</source>
        <translation>污染</translation>
    </message>
    <message>
        <source>missing part</source>
        <translation>缺件</translation>
    </message>
    <message>
        <source>deformation</source>
        <translation>变形</translation>
    </message>
    <message>
        <source>discolouration</source>
        <translation>变色</translation>
    </message>
    <message>
        <source>wear</source>
        <translation>磨损</translation>
    </message>
    <message>
        <source>weave fault</source>
        <translation>织造疵点</translation>
    </message>
    <message>
        <source>misprint</source>
        <translation>印刷缺陷</translation>
    </message>
</context>
<context>
    <name>SubspacesController</name>
    <message>
        <source>Parts above {side} px</source>
        <translation>大于 {side} px 的零件</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>关</translation>
    </message>
</context>
<context>
    <name>SubspacesPanel</name>
    <message>
        <source>The model&apos;s subspaces appear here as soon as it is loaded.</source>
        <translation>模型加载后，其子空间将显示在这里。</translation>
    </message>
    <message>
        <source>Balanced mass is how transport works, not a finding.</source>
        <translation>占比均衡是传输的工作方式，并非发现。</translation>
    </message>
    <message>
        <source>Subspace</source>
        <translation>子空间</translation>
    </message>
    <message>
        <source>Click a name to change it, or to give it a threshold of its own</source>
        <translation>点击名称可更改名称，或设置单独阈值</translation>
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
        <translation>占比</translation>
    </message>
    <message>
        <source>Its share of all patches&apos; weights. Balanced mass is how transport works, not a finding.</source>
        <translation>它在所有图块权重中的占比。占比均衡是传输的工作方式，并非发现。</translation>
    </message>
    <message>
        <source>{name}: change its name, or give it its own threshold</source>
        <translation>{name}：更改名称，或设置单独阈值</translation>
    </message>
    <message>
        <source>Anomaly of {name}</source>
        <translation>{name} 的异常</translation>
    </message>
    <message>
        <source>Heatmap of {name}: what it alone brings to the map</source>
        <translation>{name} 的热图：仅由它带来的部分</translation>
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
        <source>How many inspected parts have which score (logarithmic): good ones green, defective ones red, by decision or the name of their folder; undecided ones grey. Drag the line, or use the arrow keys.</source>
        <translation>各得分的已检测零件数量（对数）：按决定或文件夹名称，合格为绿色，缺陷品为红色；未决定的为灰色。可拖动此线，或使用方向键。</translation>
    </message>
    <message>
        <source>How many pixels have which anomaly value (logarithmic). Drag the line, or use the arrow keys.</source>
        <translation>各异常值的像素数（对数）。拖动竖线，或使用方向键。</translation>
    </message>
</context>
<context>
    <name>TilesModel</name>
    <message>
        <source>patch {row}, {column}</source>
        <translation>图块 {row}, {column}</translation>
    </message>
</context>
<context>
    <name>TilesView</name>
    <message>
        <source>Patches of the gallery</source>
        <translation>图库中的图块</translation>
    </message>
</context>
<context>
    <name>TitledDock</name>
    <message>
        <source>Panels</source>
        <translation>面板</translation>
    </message>
</context>
<context>
    <name>TrainingController</name>
    <message>
        <source>&amp;Training</source>
        <translation>训练(&amp;T)</translation>
    </message>
    <message>
        <source>Give it a name of letters or digits</source>
        <translation>请用字母或数字命名</translation>
    </message>
    <message>
        <source>Kept as {file}, and used from now on</source>
        <translation>已保存为 {file}，从现在起使用</translation>
    </message>
    <message>
        <source>Labelled parts</source>
        <translation>已标注的零件</translation>
    </message>
</context>
<context>
    <name>TrainingPage</name>
    <message>
        <source>learned</source>
        <translation>learned</translation>
    </message>
    <message>
        <source>Choose labelled parts…</source>
        <translation>选择已标注的零件…</translation>
    </message>
    <message>
        <source>Take the decided parts of the list</source>
        <translation>取用列表中已决定的零件</translation>
    </message>
    <message>
        <source>Learn</source>
        <translation>开始学习</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Keep and use it</source>
        <translation>保存并使用</translation>
    </message>
    <message>
        <source>Image AUROC</source>
        <translation>图像 AUROC</translation>
    </message>
    <message>
        <source>Pixel AUROC</source>
        <translation>像素 AUROC</translation>
    </message>
    <message>
        <source>Regions (AUPRO)</source>
        <translation>区域 (AUPRO)</translation>
    </message>
    <message>
        <source>Progress of the training</source>
        <translation>训练进度</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Epochs at most</source>
        <translation>最多轮数</translation>
    </message>
    <message>
        <source>Subspaces</source>
        <translation>子空间</translation>
    </message>
    <message>
        <source>Before and after</source>
        <translation>训练前后</translation>
    </message>
    <message>
        <source>A folder with good parts, defective ones, and masks of the defects; or what was decided here</source>
        <translation>含良品、缺陷品及缺陷掩膜的文件夹；或在此处作出的决定</translation>
    </message>
    <message>
        <source>{good} accepted parts, and {defective} rejected ones with marked defects</source>
        <translation>{good} 个已接受的零件，{defective} 个已拒绝且标出缺陷的零件</translation>
    </message>
    <message>
        <source>{count} rejected ones without a marked defect are left out</source>
        <translation>{count} 个已拒绝但未标出缺陷的零件被略去</translation>
    </message>
    <message>
        <source>{count} accepted ones with a marked defect are left out</source>
        <translation>{count} 个已接受但标有缺陷的零件被略去</translation>
    </message>
    <message>
        <source>To learn, reject defective parts and mark their defects: Areas (I), Defect; accept good ones</source>
        <translation>要进行学习，请拒绝有缺陷的零件并标出缺陷：检测范围 (I) &gt; 缺陷；接受良品</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>训练前</translation>
    </message>
    <message>
        <source>After</source>
        <translation>训练后</translation>
    </message>
    <message>
        <source>epoch {number} is kept</source>
        <translation>已保留第 {number} 轮</translation>
    </message>
    <message>
        <source>Done, without a comparison of before and after.</source>
        <translation>已完成，未比较训练前后。</translation>
    </message>
    <message>
        <source>Done. Before and after on {count} of the parts that it has learned from: measure it on others, too.</source>
        <translation>已完成。表中为学习所用零件中 {count} 个在训练前后的结果：请再用其他零件评估。</translation>
    </message>
    <message>
        <source>The model is being loaded…</source>
        <translation>正在加载模型…</translation>
    </message>
    <message>
        <source>Looking at part {done} of {total}</source>
        <translation>正在查看零件 {done} / {total}</translation>
    </message>
    <message>
        <source>Epoch {epoch}: batch {done} of {total}</source>
        <translation>第 {epoch} 轮：第 {done} / {total} 批</translation>
    </message>
    <message>
        <source>Comparing before and after: {done} of {total}</source>
        <translation>正在比较训练前后：{done} / {total}</translation>
    </message>
    <message>
        <source>Stopped; it can be gone on with</source>
        <translation>已停止；可以继续</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
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
    <message>
        <source>Score out of date</source>
        <translation>得分已过期</translation>
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
    <name>VocabularyController</name>
    <message>
        <source>&amp;Vocabulary</source>
        <translation>词汇表(&amp;V)</translation>
    </message>
    <message>
        <source>The words that the subspaces are made of: families of defects, for each product its own</source>
        <translation>构成子空间的词语：缺陷类别，可为每种产品单独设定</translation>
    </message>
    <message>
        <source>The vocabulary could not be opened: {message}</source>
        <translation>无法打开词汇表：{message}</translation>
    </message>
    <message>
        <source>{file} can&apos;t be written ({reason})</source>
        <translation>无法写入 {file}（{reason}）</translation>
    </message>
    <message>
        <source>Vocabularies ({pattern})</source>
        <translation>词汇表 ({pattern})</translation>
    </message>
    <message>
        <source>Open a vocabulary</source>
        <translation>打开词汇表</translation>
    </message>
    <message>
        <source>Save the vocabulary</source>
        <translation>保存词汇表</translation>
    </message>
</context>
<context>
    <name>VocabularyPage</name>
    <message>
        <source>Families of defects</source>
        <translation>缺陷类别</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>A part with it</source>
        <translation>有此缺陷的零件</translation>
    </message>
    <message>
        <source>A part without it</source>
        <translation>无此缺陷的零件</translation>
    </message>
    <message>
        <source>One phrase a line, in English; say what is there, not what is missing</source>
        <translation>每行一个短语（英文）；描述有什么，而不是缺什么</translation>
    </message>
    <message>
        <source>Add a family</source>
        <translation>添加类别</translation>
    </message>
    <message>
        <source>Take it away</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Colour…</source>
        <translation>颜色…</translation>
    </message>
    <message>
        <source>Open…</source>
        <translation>打开…</translation>
    </message>
    <message>
        <source>Save and use…</source>
        <translation>保存并使用…</translation>
    </message>
    <message>
        <source>new defect</source>
        <translation>新缺陷</translation>
    </message>
    <message>
        <source>Unchecked families are left out for this product</source>
        <translation>未勾选的类别不用于此产品</translation>
    </message>
</context>
<context>
    <name>WatchingController</name>
    <message>
        <source>{name} was removed; what was read of it is still shown</source>
        <translation>{name} 已被移除；仍显示先前读取的内容</translation>
    </message>
    <message>
        <source>{name} changed and was inspected again</source>
        <translation>{name} 已更改并重新检测</translation>
    </message>
</context>
<context>
    <name>WeightBars</name>
    <message>
        <source>Weights of the patch</source>
        <translation>图块的权重</translation>
    </message>
    <message>
        <source>Pale: what transport gave, before only the greatest weights were kept</source>
        <translation>浅色：传输给出的权重，之后只保留最大的几个</translation>
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
<context>
    <name>Words</name>
    <message>
        <source>{seconds} s left</source>
        <translation>剩余 {seconds} 秒</translation>
    </message>
    <message>
        <source>{minutes} min left</source>
        <translation>剩余 {minutes} 分钟</translation>
    </message>
    <message>
        <source>{hours} h {minutes} min left</source>
        <translation>剩余 {hours} 小时 {minutes} 分钟</translation>
    </message>
</context>
<context>
    <name>WorkspaceSwitch</name>
    <message>
        <source>Workspaces</source>
        <translation>工作区</translation>
    </message>
</context>
<context>
    <name>WorkspacesController</name>
    <message>
        <source>&amp;Inspect</source>
        <translation>检测(&amp;I)</translation>
    </message>
    <message>
        <source>The parts: their list, the picture and the verdict</source>
        <translation>零件：列表、图像和判定</translation>
    </message>
    <message>
        <source>&amp;Manage</source>
        <translation>管理(&amp;M)</translation>
    </message>
    <message>
        <source>Manage</source>
        <translation>管理</translation>
    </message>
    <message>
        <source>Models, words, training, evaluation and history</source>
        <translation>模型、词汇、训练、评估和历史记录</translation>
    </message>
</context>
<context>
    <name>_Sections</name>
    <message>
        <source>Sections</source>
        <translation>分区</translation>
    </message>
</context>
</TS>
