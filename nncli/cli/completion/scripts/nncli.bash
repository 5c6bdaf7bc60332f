# Completion of nncli in bash. nncli itself prints the candidates.
_nncli() {
    local line=${COMP_LINE:0:COMP_POINT} words=() before= gap piece kind reply i
    # bash splits words at `=` and `:` and replaces only the last piece. Join the pieces of each word here, and remove the
    # part before the last piece from each reply.
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

# This needs bash 4.4; older versions keep their default completion.
if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)); then complete -o nosort -F _nncli nncli; fi
