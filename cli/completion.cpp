#include "cli/completion.hpp"

#include "base/terminal.hpp"
#include "cli/completion_scripts.hpp"
#include "report/report.hpp"
#include "report/text.hpp"
#include "wire/conversions.hpp"

#include <unistd.h>

#include <map>

namespace envfix::cli {

namespace {

/// A name, and what it is. Sorted, each once.
using Words = std::map<std::string, std::string>;

/// A tab or a newline in a name would make two words of it; escaped, it names nothing and harms nothing.
void print(const Words& words)
{
    std::string text;
    for (const auto& [name, about] : words) text += report::shown(name) + '\t' + report::shown(about) + '\n';
    write_text(STDOUT_FILENO, text);
}

Answer<Words> from_status(Client& client, std::string_view list)
{
    const auto status = client.ask([](Manager& manager) { return manager.Status("", k_page); },
                                   [](const wire::Status& wire) { return wire::from_wire(wire); });
    if (!status) return tl::unexpected(status.error());
    Words words;
    if (list == "environments") {
        for (const auto& report : status->environments) words.emplace(report.path, to_string(report.state));
    } else if (list == "findings") {
        for (const auto& report : status->environments) {
            for (const auto& finding : report.findings) words.emplace(finding.code, finding.summary);
        }
    } else {
        for (const auto& plan : status->plans) words.emplace(plan.id, plan.policy + " in " + plan.environment_path);
    }
    return words;
}

Answer<Words> policies(Client& client)
{
    const auto list = client.ask([](Manager& manager) { return manager.Policies(); },
                                 [](const wire::Policies& wire) { return wire::from_wire(wire); });
    if (!list) return tl::unexpected(list.error());
    Words words;
    for (const auto& report : list->policies) words.emplace(report.policy.name, report.policy.describe);
    return words;
}

Answer<Words> runs(Client& client)
{
    const auto list = client.ask([](Manager& manager) { return std::get<0>(manager.History("", 0, k_page)); },
                                 [](const wire::Array<wire::Run>& wire) { return wire::list_from_wire<model::Run>(wire); });
    if (!list) return tl::unexpected(list.error());
    Words words;
    for (const auto& run : *list) words.emplace(run.id, run.summary);
    return words;
}

} // namespace

std::string completion_script(std::string_view shell)
{
    if (shell == "fish") return k_fish_completion;
    return shell == "zsh" ? k_zsh_completion : k_bash_completion;
}

int run_completion_words(const Session& session)
{
    const auto& list = session.operand();
    const auto words = list == "policies" ? policies(session.client)
                       : list == "runs"   ? runs(session.client)
                                          : from_status(session.client, list);
    if (!words) return session.out.fail(words.error());
    print(*words);
    return code(report::Exit::well);
}

} // namespace envfix::cli
