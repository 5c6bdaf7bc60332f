# Completion of nncli in bash: asks nncli itself how the line may go on.
_nncli() {
    local line=${COMP_LINE:0:COMP_POINT} words=() before= gap piece kind reply i
    # bash splits words at `=` and `:`, and replaces the last piece only: what belongs together is put together here, and
    # the part of an answer that stands before the last piece is taken off again.
    for ((i = 0; i < COMP_CWORD; i++)); do
        piece=${COMP_WORDS[i]}
        gap=${line%%"$piece"*}
        line=${line#"$gap$piece"}
        if [[ -z $gap && $i -gt 0 ]]; then words[-1]+=$piece; else words+=("$piece"); fi
    done
    piece=${line#"${line%%[![:space:]]*}"}
    if [[ $piece == "$line" ]]; then
        while [[ $piece == [=:]* ]]; do words[-1]+=${piece:0:1} piece=${piece:1}; done
        before=${words[-1]}
        words[-1]+=$piece
    else
        words+=("$piece")
    fi
    COMPREPLY=()
    {
        IFS= read -r kind
        while IFS= read -r reply; do COMPREPLY+=("${reply#"$before"}"); done
    } < <(_NNCLI_COMPLETE=bash "${1/#\~/$HOME}" "${words[@]:1}" 2>/dev/null </dev/null)
    if [[ $kind == files ]]; then compopt -o filenames; fi
    if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[=/] ]]; then compopt -o nospace; fi
}

# What is used here is there from bash 4.4 on; an older one completes as it did before.
if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)); then complete -o nosort -F _nncli nncli; fi
