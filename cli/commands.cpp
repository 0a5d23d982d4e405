#include "cli/commands.hpp"

#include "base/terminal.hpp"
#include "base/utf8.hpp"
#include "cli/completion.hpp"
#include "cli/operands.hpp"
#include "cli/progress.hpp"
#include "cli/remote.hpp"
#include "cli/run_command.hpp"
#include "report/report.hpp"
#include "report/text.hpp"
#include "wire/conversions.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace envfix::cli {

namespace {

using report::Exit;
using std::chrono::seconds;

constexpr std::size_t k_longest_traceback = 4 * 1024 * 1024;
constexpr seconds k_patience_for_work{600}; ///< a check of everything, a plan that asks an index

template <typename Wire> auto from_wire(const Wire& wire)
{
    return wire::from_wire(wire);
}

Result<std::vector<model::EnvironmentReport>> reports_from(const wire::Array<wire::Environment>& wire)
{
    return wire::list_from_wire<model::EnvironmentReport>(wire);
}

/// The rest of a list whose first page is there already.
Answer<void> fetch_rest(Client& client, std::vector<model::EnvironmentReport>& environments, std::uint64_t total)
{
    if (environments.size() >= total) return {};
    std::set<std::string> known;
    for (const auto& report : environments) known.insert(report.id);
    for (std::uint32_t offset = 0;;) {
        auto page = client.ask([&](Manager& manager) { return std::get<0>(manager.List(offset, k_page)); }, reports_from);
        if (!page) return tl::unexpected(page.error());
        if (page->empty()) return {};
        offset += static_cast<std::uint32_t>(page->size());
        for (auto& report : *page) {
            if (known.insert(report.id).second) environments.push_back(std::move(report));
        }
    }
}

bool takes_environment(Command command)
{
    constexpr std::array k_those{Command::status, Command::show, Command::plan,    Command::fix,
                                 Command::history, Command::hold, Command::release, Command::policy_why};
    return std::ranges::find(k_those, command) != k_those.end();
}

/// An operand that means an environment, as the daemon takes it. The daemon finds the project that a path lies in, and so takes a
/// name with a slip of the finger for the project around it: what is not there has to be known by just that path.
Answer<std::string> named_environment(Client& client, const std::string& operand, const std::string& folder)
{
    const bool missing = is_missing(operand);
    auto env = environment_operand(operand, folder, !missing);
    if (!missing || !env.starts_with('/')) return env;
    const auto known = client.ask([&](Manager& manager) { return manager.Show(env); }, from_wire<wire::Environment>);
    if (known && (known->path == env || known->interpreter_path == env)) return known->id;
    if (!known && known.error().error.code != ErrorCode::not_found) return tl::unexpected(known.error());
    return tl::unexpected(Failure{.error = {.code = ErrorCode::not_found, .message = "no such environment: '" + operand + "'"}});
}

/// What a person adds to have this looked after, as a word of a command: of an environment the folder that holds it.
std::string root_for(const std::string& place)
{
    const bool is_environment = !is_missing(place + "/pyvenv.cfg");
    return report::shell_word(report::shown(is_environment ? absolute_path("..", place) : place));
}

int run_status(const Session& session)
{
    const auto env = session.named;
    auto status = session.client.ask([&](Manager& manager) { return manager.Status(env, k_page); }, from_wire<wire::Status>);
    if (!status) return session.out.fail(status.error());
    if (const auto rest = fetch_rest(session.client, status->environments, status->total); !rest) {
        return session.out.fail(rest.error());
    }
    session.out.say([&] { return report::status_json(*status); },
                    [&] { return report::status_text(session.out.style(), *status); });
    return code(report::exit_code(status->environments, status->plans));
}

int run_list(const Session& session)
{
    std::vector<model::EnvironmentReport> environments;
    if (const auto rest = fetch_rest(session.client, environments, 1); !rest) return session.out.fail(rest.error());
    session.out.say([&] { return report::environments_json(environments); },
                    [&] { return report::list_text(session.out.style(), environments); });
    return code(Exit::well);
}

int run_show(const Session& session)
{
    const auto env = session.environment();
    // Status, and not Show: it also tells which plan waits and which policy would act.
    const auto status = session.client.ask([&](Manager& manager) { return manager.Status(env, 1); }, from_wire<wire::Status>);
    if (!status) return session.out.fail(status.error());
    if (status->environments.empty()) {
        return session.out.fail(Error{.code = ErrorCode::not_found, .message = "no environment is known at " + env});
    }
    const auto& report = status->environments.front();
    session.out.say([&] { return report::environments_json({&report, 1}); },
                    [&] { return report::show_text(session.out.style(), report, status->plans, status->offers); });
    return code(report::exit_code({&report, 1}));
}

/// Which of these no daemon looks after, and what plans and policies say of those that one does.
struct Known {
    std::vector<model::Plan> plans;
    std::vector<model::PolicyOffer> offers;
    std::vector<std::string> unwatched; ///< ids
};

Known known_of(Client& client, const std::vector<model::EnvironmentReport>& environments)
{
    constexpr std::size_t k_most_asked = 32; // each is a call
    Known known;
    std::size_t asked = 0;
    for (const auto& report : environments) {
        if (report.state == model::EnvironmentState::healthy || ++asked > k_most_asked) continue;
        auto status = client.ask([&](Manager& manager) { return manager.Status(report.id, 1); }, from_wire<wire::Status>);
        if (status) {
            known.plans = std::move(status->plans); // all there are
            known.offers.insert(known.offers.end(), status->offers.begin(), status->offers.end());
        } else if (status.error().error.code == ErrorCode::not_found && report.kind == model::EnvironmentKind::venv) {
            known.unwatched.push_back(report.id);
        }
    }
    return known;
}

int run_check(const Session& session)
{
    session.client.set_patience(k_patience_for_work);
    const auto probe = session.request.probe;
    std::vector<std::string> paths;
    std::vector<std::string> ids;
    for (const auto& operand : session.request.operands) {
        auto env = named_environment(session.client, operand, session.folder);
        if (!env) return session.out.fail(env.error());
        (env->starts_with('/') ? paths : ids).push_back(*std::move(env));
    }
    if (paths.empty() && ids.empty()) paths.push_back(session.folder);
    std::vector<model::EnvironmentReport> environments;
    std::optional<Progress> progress(std::in_place, session.out.shows_progress(), "checking");
    const auto add = [&](auto answer) {
        if (!answer) return session.out.fail(answer.error());
        for (auto& report : *answer) environments.push_back(std::move(report));
        return 0;
    };
    for (const auto& id : ids) {
        if (const int failed = add(session.client.ask([&](Manager& manager) { return manager.Check(id, probe); }, reports_from))) {
            return failed;
        }
    }
    if (!paths.empty()) {
        if (const int failed =
                add(session.client.ask([&](Manager& manager) { return manager.CheckPaths(paths, probe); }, reports_from))) {
            return failed;
        }
    }
    session.out.say([&] { return report::environments_json(environments); },
                    [&] {
                        const auto known = known_of(session.client, environments);
                        progress.reset();
                        return report::check_text(session.out.style(), environments, known.plans, known.offers, known.unwatched);
                    });
    return code(report::exit_code(environments));
}

int run_diagnose(const Session& session)
{
    const auto file = session.request.operands.empty() ? std::string{"-"} : session.operand();
    const auto text = read_input(file, k_longest_traceback);
    if (!text) return session.out.fail(text.error());
    session.client.set_patience(k_patience_for_work);
    const std::vector<std::uint8_t> bytes(text->begin(), text->end());
    const auto causes = session.client.ask([&](Manager& manager) { return manager.Diagnose(bytes); },
                                           [](const wire::Array<wire::Cause>& wire) { return wire::list_from_wire<model::Cause>(wire); });
    if (!causes) return session.out.fail(causes.error());
    session.out.say([&] { return report::causes_json(*causes); },
                    [&] { return report::causes_text(session.out.style(), *causes); });
    return code(report::exit_code(*causes));
}

int run_plan(const Session& session)
{
    session.client.set_patience(k_patience_for_work);
    const auto env = session.environment();
    const auto plans = plans_for(session, env);
    if (!plans) return fail_planning(session, plans.error(), env);
    if (plans->empty()) {
        session.out.say([&] { return report::plans_json(*plans); },
                        [] { return std::string{"There is nothing to do: nothing is wrong there.\n"}; });
    } else {
        say_plan(session, plans->front(), offers_of(session, plans->front()));
    }
    return code(Exit::well);
}

int run_history(const Session& session)
{
    const auto env = session.named;
    std::uint64_t total = 0;
    const auto runs = session.client.ask(
        [&](Manager& manager) {
            auto [page, number] = manager.History(env, 0, k_page);
            total = number;
            return page;
        },
        [](const wire::Array<wire::Run>& wire) { return wire::list_from_wire<model::Run>(wire); });
    if (!runs) return session.out.fail(runs.error());
    session.out.say([&] { return report::runs_json(*runs, total); },
                    [&] { return report::history_text(session.out.style(), *runs, total); });
    return code(Exit::well);
}

int run_doctor(const Session& session)
{
    const auto doctor = session.client.ask([](Manager& manager) { return manager.Doctor(); }, from_wire<wire::Doctor>);
    if (!doctor) return session.out.fail(doctor.error());
    session.out.say([&] { return report::doctor_json(*doctor); },
                    [&] { return report::doctor_text(session.out.style(), *doctor); });
    const bool sick = std::ranges::any_of(doctor->checks, [](const auto& check) { return check.state == "error"; });
    return code(sick ? Exit::failed : Exit::well);
}

int run_reload(const Session& session)
{
    session.client.set_patience(k_patience_for_work);
    const auto problems =
        session.client.ask([](Manager& manager) { return manager.Reload(); },
                           [](const wire::Array<wire::Problem>& wire) { return wire::list_from_wire<model::PolicyProblem>(wire); });
    if (!problems) return session.out.fail(problems.error());
    session.out.say([&] { return report::problems_json(*problems); },
                    [&] {
                        return problems->empty() ? std::string{"Everything is in force.\n"}
                                                 : "Left out:\n" + report::problems_text(session.out.style(), *problems);
                    });
    return code(Exit::well);
}

int run_here(const Session& session)
{
    const auto path = [&] { return absolute_path(session.operand(), session.folder); };
    switch (session.request.command) {
    case Command::status: return run_status(session);
    case Command::list: return run_list(session);
    case Command::show: return run_show(session);
    case Command::check: return run_check(session);
    case Command::diagnose: return run_diagnose(session);
    case Command::explain: return run_explain(session);
    case Command::plan: return run_plan(session);
    case Command::fix: return run_fix(session);
    case Command::approve: return run_approve(session);
    case Command::reject: return run_reject(session);
    case Command::history: return run_history(session);
    case Command::undo: return run_undo(session);
    case Command::watch: return run_watch(session);
    case Command::policy_list:
    case Command::policy_show:
    case Command::policy_check:
    case Command::policy_test:
    case Command::policy_why:
    case Command::policy_approve:
    case Command::policy_revoke: return run_policy(session);
    case Command::add:
        return simply(session, [&](Manager& manager) { manager.AddRoot(path()); }, "Watched: " + report::shown(path()));
    case Command::remove:
        return simply(session, [&](Manager& manager) { manager.RemoveRoot(path()); },
                      "No longer watched: " + report::shown(path()));
    case Command::hold: {
        const bool all = session.request.operands.empty();
        return simply(session,
                      [&](Manager& manager) {
                          manager.Hold(session.named, session.request.seconds, session.request.reason);
                      },
                      all ? std::string{"Held: every environment. To let them go on: envfixctl release"}
                          : "Held. To let it go on: envfixctl release " + report::shell_word(report::shown(session.operand())));
    }
    case Command::release:
        return simply(session, [&](Manager& manager) { manager.Release(session.named); },
                      session.request.operands.empty() ? "Released: every environment." : "Released.");
    case Command::reload: return run_reload(session);
    case Command::doctor: return run_doctor(session);
    case Command::completion: return run_completion_words(session);
    case Command::run: break; // needs no daemon: see run()
    }
    return code(Exit::usage);
}

/// Of what goes over the bus the first text that it does not carry; none: it carries all.
std::optional<std::string> not_for_bus(const Request& request, const std::string& folder)
{
    const auto command = request.command;
    if (command == Command::diagnose || command == Command::policy_check) return std::nullopt; // names a file for us
    const auto odd = std::ranges::find_if_not(request.operands, is_utf8);
    if (odd != request.operands.end()) return *odd;
    const bool means_folder = command == Command::show || command == Command::check || command == Command::plan ||
                              command == Command::fix;
    return request.operands.empty() && means_folder && !is_utf8(folder) ? std::optional{folder} : std::nullopt;
}

} // namespace

Answer<std::vector<model::Plan>> plans_for(const Session& session, const std::string& env)
{
    const Progress progress(session.out.shows_progress(), "planning");
    return session.client.ask([&](Manager& manager) { return manager.Plan(env); },
                              [](const wire::Array<wire::Plan>& wire) { return wire::list_from_wire<model::Plan>(wire); });
}

int fail_planning(const Session& session, const Failure& failure, const std::string& env)
{
    if (failure.error.code != ErrorCode::not_supported) return session.out.fail(failure);
    const auto status = session.client.ask([&](Manager& manager) { return manager.Status(env, 1); }, from_wire<wire::Status>);
    if (!status || status->environments.empty()) return session.out.fail(failure);
    const auto& report = status->environments.front();
    const auto told = std::ranges::find_if(status->plans, [&](const model::Plan& plan) {
        return plan.environment_id == report.id && plan.state == model::PlanState::advice;
    });
    if (told != status->plans.end()) {
        say_plan(session, *told, {});
        return code(Exit::failed); // the fix that was asked for
    }
    const int exit_code = session.out.fail(failure);
    // What could not be looked at is neither good nor bad: it is no failure of the plan.
    return report.state == model::EnvironmentState::unverifiable ? code(Exit::not_checked) : exit_code;
}

std::vector<model::PolicyOffer> offers_of(const Session& session, const model::Plan& plan)
{
    if (plan.state != model::PlanState::waiting) return {};
    const auto policy = session.client.ask([&](Manager& manager) { return manager.GetPolicy(plan.policy); }, from_wire<wire::Policy>);
    if (!policy) return {}; // it is gone, and so is the plan in a moment
    model::PolicyOffer offer{.environment_id = plan.environment_id, .policy = plan.policy, .describe = policy->policy.describe};
    offer.approved = policy->approval.has_value();
    return {std::move(offer)};
}

void say_plan(const Session& session, const model::Plan& plan, const std::vector<model::PolicyOffer>& offers)
{
    session.out.say([&] { return report::plans_json({&plan, 1}); },
                    [&] { return report::plan_text(session.out.style(), plan, offers); });
}

int run(const Request& request)
{
    if (request.command == Command::completion && std::ranges::find(k_shells, request.operands.front()) != k_shells.end()) {
        write_text(STDOUT_FILENO, completion_script(request.operands.front()));
        return code(Exit::well);
    }
    Output out(request);
    if (!request.host.empty()) return run_ssh(ssh_command(request, out.interactive()));
    if (request.command == Command::run) run_command(request);
    if (request.command == Command::explain && request.operands.empty()) return list_codes(out);
    auto folder = working_directory();
    if (!folder && request.operands.empty()) return out.fail(folder.error(), "name an environment");
    if (const auto odd = not_for_bus(request, folder ? *folder : std::string{})) {
        return out.fail(Error{.code = ErrorCode::malformed, .message = *odd + " is not UTF-8, and D-Bus carries nothing else"},
                        "name the environment by its id (envfixctl list), or a folder above it");
    }
    const auto place = request.system ? Place::system : (request.user ? Place::user : Place::best);
    auto client = Client::open(place);
    if (!client) return out.fail(client.error());
    Session session{.request = request, .out = out, .client = *client, .folder = folder ? *folder : std::string{"/"}};
    if (request.command == Command::add) out.advise_where_missing("name a folder that holds projects");
    if (takes_environment(request.command)) {
        const auto where = request.operands.empty() ? session.folder : absolute_path(request.operands.front(), session.folder);
        if (!is_missing(where)) out.advise_where_missing("to have envfix watch it: envfixctl add " + root_for(where));
    }
    if (takes_environment(request.command) && !request.operands.empty()) {
        auto named = named_environment(*client, request.operands.front(), session.folder);
        if (!named) return out.fail(named.error());
        session.named = *std::move(named);
    }
    return run_here(session);
}

} // namespace envfix::cli
