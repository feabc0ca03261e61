; For Inno Setup 6: the installer of Windows, for one account, without the rights of an administrator.
; `bundle.py` gives Version, Program (the folder that PyInstaller made), Output and Root.
#ifndef Version
  #error bundle.py gives Version, Program, Output and Root
#endif
#define Title "TokenCLIP Inspector"

[Setup]
AppId={{6F1E7C0B-3B0D-4E5E-9C56-6D3F1E6C5A21}
AppName={#Title}
AppVersion={#Version}
AppVerName={#Title} {#Version}
DefaultDirName={autopf}\{#Title}
DefaultGroupName={#Title}
PrivilegesRequired=lowest
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
LicenseFile={#Root}\LICENSE
OutputDir={#Output}
OutputBaseFilename=tokenclip-inspector-{#Version}-setup
Compression=lzma2/max
SolidCompression=yes
ChangesAssociations=yes
ChangesEnvironment=yes
UninstallDisplayName={#Title} {#Version}
UninstallDisplayIcon={app}\{#Title}.exe

[Tasks]
Name: path; Description: "Add the command tokenclip to the path of this account"

[Files]
Source: "{#Program}\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{group}\{#Title}"; Filename: "{app}\{#Title}.exe"
Name: "{autodesktop}\{#Title}"; Filename: "{app}\{#Title}.exe"

[Registry]
; Windows knows a file by what stands behind the last full stop, so a recipe (NAME.recipe.json) is offered to be opened
; with this program, and other JSON files stay whose they are.
Root: HKA; Subkey: "Software\Classes\TokenCLIP.Recipe"; ValueType: string; ValueData: "TokenCLIP recipe"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\TokenCLIP.Recipe\DefaultIcon"; ValueType: string; ValueData: "{app}\{#Title}.exe,0"
Root: HKA; Subkey: "Software\Classes\TokenCLIP.Recipe\shell\open\command"; ValueType: string; ValueData: """{app}\{#Title}.exe"" ""%1"""
Root: HKA; Subkey: "Software\Classes\.json\OpenWithProgids"; ValueType: string; ValueName: "TokenCLIP.Recipe"; ValueData: ""; Flags: uninsdeletevalue
Root: HKCU; Subkey: "Environment"; ValueType: expandsz; ValueName: "Path"; ValueData: "{olddata};{app}"; Tasks: path; Check: NeedsPath(ExpandConstant('{app}'))

[Run]
Filename: "{app}\{#Title}.exe"; Description: "Start {#Title}"; Flags: nowait postinstall skipifsilent

[Code]
function NeedsPath(Folder: string): Boolean;
var
  Known: string;
begin
  if not RegQueryStringValue(HKCU, 'Environment', 'Path', Known) then
    Known := '';
  Result := Pos(';' + Lowercase(Folder) + ';', ';' + Lowercase(Known) + ';') = 0;
end;

procedure LeavePath(Folder: string);
var
  Known, Left: string;
begin
  if RegQueryStringValue(HKCU, 'Environment', 'Path', Known) then
  begin
    Left := ';' + Known + ';';
    StringChangeEx(Left, ';' + Folder + ';', ';', True);
    if Left <> ';' + Known + ';' then
      RegWriteExpandStringValue(HKCU, 'Environment', 'Path', Copy(Left, 2, Length(Left) - 2));
  end;
end;

procedure CurUninstallStepChanged(Step: TUninstallStep);
begin
  if Step = usPostUninstall then
  begin
    LeavePath(ExpandConstant('{app}'));
    SuppressibleMsgBox('Your results, models and settings stay in ' + ExpandConstant('{localappdata}\tokenclip-inspector') +
      '; delete that folder if you want to.', mbInformation, MB_OK, IDOK);
  end;
end;
