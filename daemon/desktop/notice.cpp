#include "desktop/notice.hpp"

#include "base/printable.hpp"
#include "report/text.hpp"

#include <algorithm>
#include <cstddef>

namespace envfix::desktop {

namespace {

constexpr std::size_t k_most_paths = 5;

std::string line(const std::string& untrusted)
{
    return Printable(report::without_passwords(untrusted)).text();
}

std::string short_path(const std::string& path, const std::string& home)
{
    const bool inside = !home.empty() && path.starts_with(home + "/");
    return line(inside ? "~" + path.substr(home.size()) : path);
}

std::string command(const char* words, const std::string& path)
{
    return "What to do: envfixctl " + std::string{words} + " " + report::shown(report::shell_word(path));
}

Notice of_one(const engine::Problem& problem, const std::string& home)
{
    const auto path = short_path(problem.path, home);
    Notice notice{.title = path + " is broken", .body = line(problem.summary)};
    if (problem.plan.empty()) {
        notice.body += "\n" + command("status", problem.path);
    } else if (!problem.advice.empty()) {
        notice.body += "\n" + line(problem.advice) + "\n" + command("status", problem.path);
    } else {
        notice.title = path + ": a repair waits";
        notice.body += "\n" + command("plan", problem.path);
        notice.action = "Repair";
        notice.plan = problem.plan_digest;
    }
    return notice;
}

Notice of_many(const std::vector<engine::Problem>& problems, const std::string& home)
{
    Notice notice{.title = std::to_string(problems.size()) + " Python environments need attention"};
    for (std::size_t i = 0; i < std::min(problems.size(), k_most_paths); ++i) {
        notice.body += short_path(problems[i].path, home) + "\n";
    }
    if (problems.size() > k_most_paths) notice.body += "and " + std::to_string(problems.size() - k_most_paths) + " more\n";
    const auto waiting = std::ranges::count_if(problems, [](const engine::Problem& problem) {
        return !problem.plan.empty() && problem.advice.empty();
    });
    if (waiting > 0) {
        notice.body += std::to_string(waiting) + (waiting == 1 ? " repair waits" : " repairs wait") + " for your approval\n";
    }
    notice.body += "What to do: envfixctl status";
    return notice;
}

} // namespace

Notice notice_of(const engine::Tell& tell, const std::string& home)
{
    return tell.problems.size() == 1 ? of_one(tell.problems.front(), home) : of_many(tell.problems, home);
}

} // namespace envfix::desktop
