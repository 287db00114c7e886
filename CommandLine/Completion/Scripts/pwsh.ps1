# Completion of orleansbroker for PowerShell. In $PROFILE: orleansbroker completion pwsh | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName orleansbroker -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $line = $commandAst.ToString()
    $start = $line.IndexOf(' ') + 1
    $rest = if ($start -gt 0) { $line.Substring($start) } else { '' }
    $point = [Math]::Max(0, $cursorPosition - $commandAst.Extent.StartOffset - $start)
    if ($point -gt $rest.Length) { $rest = $rest.PadRight($point) }
    orleansbroker "[suggest:$point]" "$rest" 2>$null | Where-Object {
        # Options only where one was begun.
        $_.StartsWith($wordToComplete) -and ($wordToComplete -or $_ -notmatch '^[-/]')
    } | ForEach-Object {
        [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
    }
}
