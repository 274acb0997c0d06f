# release-tool's completion for bash: source <(release-tool completion bash)
_release_tool() {
    local typed=${COMP_LINE:0:COMP_POINT} found current
    current=${typed##*[[:space:]]}
    COMPREPLY=()
    while IFS= read -r found; do
        COMPREPLY+=("${found%%$'\t'*}")
    done < <(release-tool completion words "$typed" 2>/dev/null)
    if [[ ${COMPREPLY[0]-} == :files ]]; then
        COMPREPLY=()
        compopt -o default 2>/dev/null
    fi
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace 2>/dev/null
    fi
    # Where `=` ends a word, readline puts in what stands behind it alone.
    if [[ $current == *=* && $COMP_WORDBREAKS == *=* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"${current%%=*}="}")
    fi
}
complete -F _release_tool release-tool
