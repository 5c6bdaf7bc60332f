# Completion of nncli in fish. nncli itself prints the candidates.
function __nncli_complete
    set -l words (commandline -opc)
    _NNCLI_COMPLETE=fish $words[1] $words[2..] (commandline -ct) 2>/dev/null </dev/null
end

complete --command nncli --no-files --keep-order --arguments '(__nncli_complete)'
