#compdef nncli
# Completion of nncli in zsh: asks nncli itself how the line may go on.
_nncli() {
    local -a answers whole open
    local answer word before
    answers=("${(@f)$(_NNCLI_COMPLETE=zsh "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null </dev/null)}")
    # zsh would quote a `~` that it inserts, so this one stays where it is.
    if [[ $PREFIX == \~*/* ]]; then before=${(Q)PREFIX%/*}/ && compset -P '*/'; fi
    for answer in $answers; do
        word=${${${answer%%$'\t'*}#$before}//:/\\:}
        [[ $answer == *$'\t' ]] || word+=:${answer#*$'\t'}
        # What ends so goes on: no space behind it.
        if [[ ${answer%%$'\t'*} == *[=/] ]]; then open+=($word); else whole+=($word); fi
    done
    _describe -V nncli whole -- open -S ''
}

if (( ! $+functions[compdef] )); then autoload -Uz compinit && compinit; fi
compdef _nncli nncli
