export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** The first word of a command line that asks for what could be typed next: the words so far follow, the last one unfinished. */
export const COMPLETE = '__complete'

// Each asks the command line itself, so that it knows the options of the installed version and the names of the config.
// Where that knows nothing, the shell offers files.

const BASH = `_hookline() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    printf -v line '%q' "\${line%%$'\\t'*}"
    COMPREPLY+=("$line")
  done < <("\${COMP_WORDS[0]}" ${COMPLETE} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _hookline hookline
`

const ZSH = `#compdef hookline
_hookline() {
  local line value
  local -a found
  for line in "\${(@f)$("\${words[1]}" ${COMPLETE} "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] || continue
    value=\${line%%$'\\t'*}
    found+=("\${value//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( \${#found} )); then
    _describe hookline found
  else
    _files
  fi
}
if [ "$funcstack[1]" = _hookline ]; then
  _hookline "$@"
else
  compdef _hookline hookline
fi
`

const FISH = `function __hookline_complete
  set -l words (commandline -opc)
  set -l word (commandline -ct)
  set -l found (command $words[1] ${COMPLETE} $words[2..-1] "$word" 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path "$word"
  end
end
complete -c hookline -f -a '(__hookline_complete)'
`

/** What a shell reads to complete the command lines of Hookline. */
export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH }
