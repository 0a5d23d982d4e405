#include "oneshot/check_command.hpp"

#include "app/kept_reports.hpp"
#include "fs/write_tree.hpp"
#include "inventory/inventory.hpp"
#include "inventory/names.hpp"
#include "oneshot/judging.hpp"
#include "oneshot/places.hpp"
#include "oneshot/terminal.hpp"
#include "report/report.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace envfix::oneshot {

namespace {

int code(report::Exit exit)
{
    return static_cast<int>(exit);
}

struct Located {
    std::vector<model::Environment> environments;
    std::optional<Error> failed; ///< the first
};

Located locate_all(const fs::Tree& tree, const app::Surroundings& surroundings, const CheckArguments& arguments)
{
    Located all;
    auto paths = arguments.paths;
    if (paths.empty()) paths.push_back(tree.is_system() ? surroundings.working_directory : "/");
    for (const auto& path : paths) {
        const auto absolute = inventory::absolute_path(path, surroundings.working_directory);
        auto found = inventory::locate(tree, absolute, places_of(surroundings));
        if (!found) {
            complain(found.error().message);
            if (!all.failed) all.failed = found.error();
            continue;
        }
        for (auto& environment : *found) {
            const auto known = std::ranges::find(all.environments, environment.id, &model::Environment::id);
            if (known == all.environments.end()) all.environments.push_back(std::move(environment));
        }
    }
    return all;
}

} // namespace

int check(const app::Surroundings& surroundings, const CheckArguments& arguments)
{
    const auto tree = fs::Tree::open(arguments.root);
    if (!tree) {
        complain(tree.error().message);
        return code(report::Exit::not_found);
    }
    if (arguments.probe && !tree->is_system()) {
        complain("--probe would run a program of " + arguments.root + "; leave it out with --root");
        return code(report::Exit::usage);
    }
    const auto located = locate_all(*tree, surroundings, arguments);
    if (located.environments.empty()) {
        const int exit = code(report::Exit::not_found);
        if (arguments.json && located.failed) {
            print(report::error_json({.code = std::string{report::word_of(located.failed->code)},
                                      .message = located.failed->message,
                                      .next = "envfixd check --help",
                                      .exit = exit}));
        }
        return exit;
    }

    const auto machine = fs::Tree::open();
    if (!machine) {
        complain(machine.error().message);
        return code(report::Exit::failed);
    }
    if (arguments.probe) {
        // The interpreter runs in an empty folder of ours.
        if (surroundings.cache_dir.empty()) {
            complain("there is no folder to run the interpreter in: the home " + surroundings.home +
                     " is not there; set HOME or XDG_CACHE_HOME");
            return code(report::Exit::failed);
        }
        if (const auto made = fs::make_private_directories(surroundings.cache_dir); !made) {
            complain(made.error().message);
            return code(report::Exit::failed);
        }
    }
    Judging judging(*tree, *machine, surroundings);
    std::vector<model::EnvironmentReport> reports;
    for (const auto& environment : located.environments) {
        auto report = judging.report_of(environment, arguments.probe);
        if (report.state_reason.empty()) report.state_reason = inventory::why_taken(environment);
        reports.push_back(std::move(report));
    }
    judging.save();
    for (const auto& problem : judging.problems()) {
        complain(problem.file + ":" + std::to_string(problem.line) + ":" + std::to_string(problem.column) + ": " +
                 problem.reason + "; it is left out");
    }

    bool printed = true;
    if (arguments.json) {
        printed = print(report::environments_json(reports));
    } else if (!arguments.quiet) {
        printed = print(report::check_text(style_of_output(arguments.no_colour), reports));
    }
    if (!printed) return code(report::Exit::failed);
    const auto exit = report::exit_code(reports);
    if (exit == report::Exit::well && located.failed) return code(report::Exit::not_found);
    return code(exit);
}

} // namespace envfix::oneshot
