# release-tool's completion for fish: release-tool completion fish > ~/.config/fish/completions/release-tool.fish
function __release_tool_words
    set -l found (release-tool completion words (commandline --cut-at-cursor --current-process | string collect) 2>/dev/null)
    if test "$found[1]" = ":files"
        set -l current (commandline --cut-at-cursor --current-token)
        set -l option (string match --regex '^--[a-z_]+=' -- $current)
        for path in (__fish_complete_path (string replace -- "$option" '' $current))
            echo "$option$path"
        end
    else
        printf '%s\n' $found
    end
end
complete --command release-tool --no-files --arguments '(__release_tool_words)'
