# Completion of orleansbroker for bash. In ~/.bashrc: source <(orleansbroker completion bash)
_orleansbroker() {
    local line="${COMP_LINE#* }" point word="${COMP_WORDS[COMP_CWORD]}" cut=""
    point=$((COMP_POINT - (${#COMP_LINE} - ${#line})))
    [ "$point" -ge 0 ] || return
    # bash takes : and = for ends of words, and completes only what follows the last one.
    local typed="${line:0:point}"
    typed="${typed##* }"
    [ "$typed" != "$word" ] && [ "${typed%"$word"}" != "$typed" ] && cut="${typed%"$word"}"
    local IFS=$'\n' found
    COMPREPLY=()
    for found in $("${COMP_WORDS[0]}" "[suggest:$point]" "$line" 2>/dev/null </dev/null); do
        # Options only where one was begun.
        [[ "$found" == [-/]* && "$typed" != "${found:0:1}"* ]] && continue
        [[ "$found" == "$typed"* ]] && COMPREPLY+=("${found#"$cut"}")
    done
}
complete -F _orleansbroker orleansbroker
