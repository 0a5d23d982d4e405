# bash completion for envfixctl: commands, options, and what the daemon knows by name.
_envfixctl_words() {
  envfixctl completion "$1" 2>/dev/null | cut -f1
}

_envfixctl() {
  local word=${COMP_WORDS[COMP_CWORD]} command= sub= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      -H | --host | --for | --reason) ((i++)) ;;
      -*) ;;
      *) if [[ -z $command ]]; then command=${COMP_WORDS[i]}; elif [[ -z $sub ]]; then sub=${COMP_WORDS[i]}; fi ;;
    esac
    [[ $command == run ]] && break
  done
  COMPREPLY=()
  if [[ $command == run ]]; then
    declare -F _command_offset >/dev/null && _command_offset $((i + 1))
    return
  fi
  if [[ $word == -* ]]; then
    local options='--user --system --host --json --no-color --quiet --help --version'
    case $command in
      check) options+=' --probe' ;;
      fix) options+=' --yes --wait' ;;
      approve) options+=' --wait' ;;
      hold) options+=' --for --reason' ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
    return
  fi
  case $command in
    '') mapfile -t COMPREPLY < <(compgen -W '@VERBS@' -- "$word") ;;
    policy)
      case $sub in
        '') mapfile -t COMPREPLY < <(compgen -W '@POLICY_VERBS@' -- "$word") ;;
        show | test | approve | revoke) mapfile -t COMPREPLY < <(compgen -W "$(_envfixctl_words policies)" -- "$word") ;;
        check) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
        why) compopt -o filenames 2>/dev/null
          mapfile -t COMPREPLY < <(compgen -W "$(_envfixctl_words environments)" -- "$word"; compgen -d -- "$word") ;;
      esac ;;
    status | show | plan | fix | history | hold | release | check)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -W "$(_envfixctl_words environments)" -- "$word"; compgen -d -- "$word") ;;
    add | remove) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
    diagnose) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    approve | reject) mapfile -t COMPREPLY < <(compgen -W "$(_envfixctl_words plans)" -- "$word") ;;
    undo) mapfile -t COMPREPLY < <(compgen -W "$(_envfixctl_words runs)" -- "$word") ;;
    explain) mapfile -t COMPREPLY < <(compgen -W "$(_envfixctl_words findings)" -- "$word") ;;
    completion) mapfile -t COMPREPLY < <(compgen -W 'bash zsh fish' -- "$word") ;;
  esac
}
complete -F _envfixctl envfixctl
