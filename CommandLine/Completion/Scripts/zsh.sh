# Completion of orleansbroker for zsh. In ~/.zshrc, after compinit: source <(orleansbroker completion zsh)
_orleansbroker() {
    local line="${BUFFER#* }" name
    local point=$((CURSOR - (${#BUFFER} - ${#line})))
    (( point >= 0 )) || return
    local -a found=()
    for name in "${(@f)$("${words[1]}" "[suggest:$point]" "$line" 2>/dev/null </dev/null)}"; do
        # Options only where one was begun.
        [[ -n "$name" && ( "$name" != [-/]* || "$PREFIX" == "${name[1]}"* ) ]] && found+=("$name")
    done
    compadd -- "${found[@]}"
}
compdef _orleansbroker orleansbroker
