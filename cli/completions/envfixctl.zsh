#compdef envfixctl
# zsh completion for envfixctl: commands, options, and what the daemon knows by name.
_envfixctl_words() {
  local -a words
  local name about
  while IFS=$'\t' read -r name about; do
    words+=("${name//:/\\:}:$about")
  done < <(envfixctl completion $1 2>/dev/null)
  _describe -t $1 $1 words
}

_envfixctl_environment() {
  _alternative 'environments: :_envfixctl_words environments' 'directories:directory:_files -/'
}

_envfixctl() {
  local context state line
  local -A opt_args
  _arguments -C \
    '(--system)--user[ask the daemon of the user]' \
    '(--user)--system[ask the daemon of the machine]' \
    '(-H --host)'{-H,--host}'[run the command on this host, over ssh]:host:_hosts' \
    '--json[one JSON document on standard output]' \
    '--no-color[no colour]' \
    '(-q --quiet)'{-q,--quiet}'[nothing but errors and the exit code]' \
    '--help[what there is]' \
    '--version[the version]' \
    '1:command:(@VERBS@)' \
    '*::argument:->argument'
  [[ $state == argument ]] || return
  case $words[1] in
    check) _arguments '--probe[also import the chain in the real interpreter]' '*:environment:_envfixctl_environment' ;;
    fix) _arguments '(-y --yes)'{-y,--yes}'[do not ask]' '--wait[until it is done]' '1:environment:_envfixctl_environment' ;;
    hold) _arguments '--for[for how long]:time:(30m 2h 1d)' '--reason[why]:text:' '1:environment:_envfixctl_environment' ;;
    status | show | plan | history | release) _arguments '1:environment:_envfixctl_environment' ;;
    approve) _arguments '--wait[until it is done]' '1:plan:_envfixctl_words plans' ;;
    reject) _arguments '1:plan:_envfixctl_words plans' ;;
    undo) _arguments '1:run:_envfixctl_words runs' ;;
    explain) _arguments '1:code:_envfixctl_words findings' ;;
    add | remove) _files -/ ;;
    diagnose) _files ;;
    run) shift words; (( CURRENT-- )); _normal ;;
    completion) _arguments '1:shell:(bash zsh fish)' ;;
    policy)
      _arguments '1:command:(@POLICY_VERBS@)' '*::argument:->policy'
      [[ $state == policy ]] || return
      case $words[1] in
        show | test | approve | revoke) _envfixctl_words policies ;;
        check) _files ;;
        why) _envfixctl_environment ;;
      esac ;;
  esac
}
compdef _envfixctl envfixctl 2>/dev/null || _envfixctl "$@"
