# Completion of orleansbroker for zsh. In ~/.zshrc, after compinit: source <(orleansbroker completion zsh)
_orleansbroker() {
    local line="${BUFFER#* }"
    local point=$((CURSOR - (${#BUFFER} - ${#line})))
    (( point >= 0 )) || return
    local -a found
    found=("${(@f)$("${words[1]}" "[suggest:$point]" "$line" 2>/dev/null </dev/null)}")
    compadd -- "${found[@]}"
}
compdef _orleansbroker orleansbroker
