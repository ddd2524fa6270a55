# Sourced by a zsh that complete.zsh drives: what completion offers goes to a file, and ^X ends the shell.
typeset -ga offered
compadd() {
    if [[ ${@[1,(i)(-|--)]} != *-[OAD]\ * ]]; then
        local -a matches
        builtin compadd -O matches "$@"
        offered+=("${matches[@]}")
    fi
    builtin compadd "$@"
}
finish() {
    print -rl -- "$BUFFER" "${offered[@]}" >"$results"
    exit
}
zle -N finish
bindkey '^X' finish
bindkey '^I' complete-word
setopt no_list_beep no_auto_list
