#pragma once

#include "model/environment.hpp"
#include "model/plan.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace envfix::model {

enum class PolicyMode : std::uint8_t { observe, ask, automatic };
std::string_view to_string(PolicyMode mode); ///< "observe", "ask", "auto"
std::optional<PolicyMode> policy_mode(std::string_view text);

/// One step as a policy words it, before it is resolved for an environment.
struct StepTemplate {
    StepKind kind = StepKind::advise;
    std::vector<std::string> distributions;     ///< restore, pip; a specifier may follow the name: "cffi>=1.16"
    std::string quarantine;                     ///< of quarantine: "leftovers", "impostors", "duplicates"
    std::string text;                           ///< of advise
    std::vector<std::string> pythons;           ///< of venv: by preference; "same": the one it was made with
    std::string index_url;                      ///< of pip: overrides the person's own
    std::vector<std::string> find_links;        ///< of pip: wheel folders or pages
    bool isolated = false;                      ///< of venv: `system-site-packages: false`

    bool operator==(const StepTemplate&) const = default;
};

/// A fix policy (DESIGN.md 10), as its file says.
struct FixPolicy {
    std::string name;        ///< `fix:`
    std::string describe;
    std::string file;        ///< where it was read; "built in" for those that ship inside the program
    std::string sha256;      ///< of the file's content: what an approval binds to
    bool enforced = false;
    bool in_project = false; ///< found inside a project: counts only once approved, like all; shown as such
    std::vector<std::string> findings;
    std::vector<EnvironmentKind> kinds;      ///< empty: any
    std::string python;                      ///< PEP 440 specifier; empty: any
    std::vector<std::string> paths;          ///< globs, ~ already expanded; empty: any
    std::vector<std::vector<StepTemplate>> ladder; ///< each rung: steps done together
    std::string verify_chain;                ///< empty: the environment's chain
    std::vector<std::string> verify_command; ///< an argument list; empty: none
    PolicyMode mode = PolicyMode::ask;
    int attempts = 2;
    std::int64_t cooldown_s = 3600;
    std::string window;                      ///< "Mon..Fri 09:00-18:00"; empty: always
    bool allow_externally_managed = false;

    bool operator==(const FixPolicy&) const = default;
};

/// A file that was left out, and why. `line` and `column` count from 1; 0: the file as a whole.
struct PolicyProblem {
    std::string file;
    int line = 0;
    int column = 0;
    std::string reason;

    bool operator==(const PolicyProblem&) const = default;
};

/// Who allowed a policy's content, and when.
struct Approval {
    std::string policy;
    std::string sha256;
    std::string by; ///< user name or uid of the person
    std::int64_t at_s = 0;

    bool operator==(const Approval&) const = default;
};

} // namespace envfix::model
