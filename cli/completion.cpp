#include "cli/completion.hpp"

namespace envfix::cli {

namespace {
constexpr std::string_view k_verbs =
    "status list show check diagnose explain plan fix approve reject history undo watch policy add remove hold release "
    "reload doctor completion";
constexpr std::string_view k_policy_verbs = "list show check test why approve revoke";
} // namespace

std::string completion_script(std::string_view shell)
{
    const std::string verbs{k_verbs};
    const std::string policy_verbs{k_policy_verbs};
    if (shell == "fish") {
        return "complete -c envfixctl -f -n __fish_use_subcommand -a '" + verbs +
               "'\n"
               "complete -c envfixctl -f -n '__fish_seen_subcommand_from policy' -a '" +
               policy_verbs +
               "'\n"
               "complete -c envfixctl -n '__fish_seen_subcommand_from status show check plan fix history add remove' -a "
               "'(__fish_complete_directories)'\n";
    }
    const std::string bash = "_envfixctl() {\n"
                             "    local word=${COMP_WORDS[COMP_CWORD]}\n"
                             "    if [ \"$COMP_CWORD\" = 1 ]; then\n"
                             "        COMPREPLY=($(compgen -W '" +
                             verbs +
                             "' -- \"$word\"))\n"
                             "    elif [ \"${COMP_WORDS[1]}\" = policy ] && [ \"$COMP_CWORD\" = 2 ]; then\n"
                             "        COMPREPLY=($(compgen -W '" +
                             policy_verbs +
                             "' -- \"$word\"))\n"
                             "    else\n"
                             "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
                             "    fi\n"
                             "}\n"
                             "complete -F _envfixctl envfixctl\n";
    return shell == "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" + bash : bash;
}

} // namespace envfix::cli
