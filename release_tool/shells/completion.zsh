#compdef release-tool
# release-tool's completion for zsh: source <(release-tool completion zsh), after compinit
_release_tool() {
    local typed="${(j: :)words[1,CURRENT-1]} $PREFIX" found word meaning
    local -a closed open
    for found in "${(@f)$(release-tool completion words "$typed" 2>/dev/null)}"; do
        word="${found%%$'\t'*}"
        meaning="${found#"$word"}"
        meaning="${meaning#$'\t'}"
        case "$word" in
            '') ;;
            :files) compset -P '*='; _files; return ;;
            *=) open+=("${word//:/\\:}${meaning:+:$meaning}") ;;
            *) closed+=("${word//:/\\:}${meaning:+:$meaning}") ;;
        esac
    done
    (( $#closed )) && _describe -t words 'release-tool' closed
    (( $#open )) && _describe -t options 'release-tool' open -S ''
}
compdef _release_tool release-tool
