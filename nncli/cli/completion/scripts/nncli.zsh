#compdef nncli
# Completion of nncli in zsh. nncli itself prints the candidates.
_nncli() {
    local -a answers complete partial
    local answer word before
    answers=("${(@f)$(_NNCLI_COMPLETE=zsh "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null </dev/null)}")
    # zsh quotes a `~` that it inserts, so leave the path up to the last slash in place.
    if [[ $PREFIX == \~*/* ]]; then before=${(Q)PREFIX%/*}/ && compset -P '*/'; fi
    for answer in $answers; do
        word=${${${answer%%$'\t'*}#$before}//:/\\:}
        [[ $answer == *$'\t' ]] || word+=:${answer#*$'\t'}
        # No space after `=` or `/`, as more is to be typed.
        if [[ ${answer%%$'\t'*} == *[=/] ]]; then partial+=($word); else complete+=($word); fi
    done
    _describe -V nncli complete -- partial -S ''
}

if (( ! $+functions[compdef] )); then autoload -Uz compinit && compinit; fi
compdef _nncli nncli
