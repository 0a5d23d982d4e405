#include "cli/arguments.hpp"

#include "cli/completion.hpp"
#include "report/exit_code.hpp"
#include "report/text.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <memory>
#include <utility>

namespace envfix::cli {

namespace {

constexpr const char* k_about = "envfixctl: see what is wrong with your Python environments, and put it right";

/// One subcommand: what it is called, what help says, and which of its operands there are.
struct Verb {
    Command command;
    const char* name;
    const char* about;
    const char* operand = nullptr; ///< name in the help; none: takes no operand
    bool needed = false;
    bool many = false;
};

constexpr Verb k_verbs[] = {
    {Command::status, "status", "the daemon in a line, what is wrong, and the command that puts it right", "ENV"},
    {Command::list, "list", "the environments"},
    {Command::show, "show", "one environment, its chain, and where each link really comes from", "ENV"},
    {Command::check, "check", "validate now", "PATH", false, true},
    {Command::diagnose, "diagnose", "read a traceback from a file or standard input, and say what it means", "FILE"},
    {Command::run, "run", "run a command, and where it fails, say why"},
    {Command::explain, "explain", "how a finding's code comes about, how to tell, how it is fixed; without CODE, all codes", "CODE"},
    {Command::plan, "plan", "what would be done, step by step", "ENV"},
    {Command::fix, "fix", "do what the plan says, prove it, or take it back", "ENV"},
    {Command::approve, "approve", "let a plan that waits run", "PLAN", true},
    {Command::reject, "reject", "let a plan that waits fall", "PLAN", true},
    {Command::history, "history", "what was done, when, by which policy, approved by whom", "ENV"},
    {Command::undo, "undo", "take back what a run did", "RUN", true},
    {Command::watch, "watch", "events as they happen"},
    {Command::add, "add", "watch a folder that holds projects", "PATH", true},
    {Command::remove, "remove", "watch it no more", "PATH", true},
    {Command::hold, "hold", "keep every fix off an environment", "ENV"},
    {Command::release, "release", "end a hold, or let envfix try again", "ENV"},
    {Command::reload, "reload", "read configuration and policies again"},
    {Command::doctor, "doctor", "the daemon's own health"},
    {Command::completion, "completion", "completion for bash, zsh or fish", "SHELL", true},
};

constexpr Verb k_policy_verbs[] = {
    {Command::policy_list, "list", "the policies, and which of them may act"},
    {Command::policy_show, "show", "one policy", "NAME", true},
    {Command::policy_check, "check", "what is wrong with a policy file, with line and column", "FILE", true},
    {Command::policy_test, "test", "what a policy would do to every known environment", "NAME", true},
    {Command::policy_why, "why", "why a policy did or did not act", "ENV"},
    {Command::policy_approve, "approve", "let a policy act, as it stands now", "NAME", true},
    {Command::policy_revoke, "revoke", "let it act no more", "NAME", true},
};

/// What the operand of a verb is.
std::string_view about_operand(const Verb& verb)
{
    const std::string_view name = verb.operand;
    if (name == "ENV") {
        const bool or_all = verb.command == Command::status || verb.command == Command::history || verb.command == Command::hold ||
                            verb.command == Command::release;
        return or_all ? "a path, an id or its beginning; none: every environment"
                      : "a path, an id or its beginning; none: the environment of this folder";
    }
    if (name == "CODE") return "as status, check and diagnose print it";
    if (name == "PLAN") return "as plan and status print it, or its beginning";
    if (name == "RUN") return "as fix and history print it, or its beginning";
    if (name == "NAME") return "as policy list prints it";
    if (name == "SHELL") return "bash, zsh or fish";
    if (name == "FILE") return verb.needed ? "a file with a policy" : "none or -: standard input";
    if (verb.many) return "venvs, projects, Python executables, prefixes or ids; none: this folder";
    return "a folder that holds projects";
}

/// Says of a command its whole line, with its options and in the order in which they are typed.
class Help : public CLI::Formatter {
public:
    std::string make_usage(const CLI::App* app, std::string name) const override
    {
        if (app->get_parent() == nullptr) return CLI::Formatter::make_usage(app, std::move(name));
        std::string words;
        for (const auto* each = app; each->get_parent() != nullptr; each = each->get_parent()) words.insert(0, " " + each->get_name());
        std::string operands = app->get_name() == "run" ? " -- CMD [ARGUMENT]..." : "";
        for (const auto* option : app->get_options()) {
            if (option == app->get_help_ptr()) continue;
            if (option->get_positional()) {
                const auto typed = option->get_required() ? option->get_name(true) : "[" + option->get_name(true) + "]";
                operands += " " + typed + (option->get_expected_max() > 1 ? "..." : "");
            } else {
                const auto value = option->get_type_name().empty() ? "" : " " + option->get_type_name();
                words += " [" + option->get_name() + value + "]";
            }
        }
        return "Usage: envfixctl [OPTION]..." + words + operands + "\nThe options of every command: envfixctl --help\n";
    }

    std::string make_option_opts(const CLI::Option* option) const override
    {
        return option->get_positional() ? std::string{} : CLI::Formatter::make_option_opts(option);
    }
};

void add_verb(CLI::App& parent, const Verb& verb, Request& request)
{
    auto* sub = parent.add_subcommand(verb.name, verb.about);
    sub->callback([&request, command = verb.command] { request.command = command; });
    if (verb.operand != nullptr) {
        auto* operand = sub->add_option(verb.operand, request.operands, std::string{about_operand(verb)});
        operand->expected(verb.needed ? 1 : 0, verb.many ? 256 : 1)->type_name("");
        if (verb.needed) operand->required();
    }
    switch (verb.command) {
    case Command::check: sub->add_flag("--probe", request.probe, "also import the chain in the real interpreter"); break;
    case Command::fix:
        sub->add_flag("-y,--yes", request.yes, "do not ask");
        [[fallthrough]];
    case Command::approve: sub->add_flag("--wait", request.wait, "until it is done"); break;
    case Command::hold:
        sub->add_option_function<std::string>(
               "--for",
               [&request](const std::string& text) {
                   request.seconds = seconds_of(text);
                   if (request.seconds == 0) throw CLI::ValidationError("--for", "is a time like 30m, 2h or 1d");
               },
               "for how long: 30m, 2h, 1d")
            ->type_name("TIME");
        sub->add_option("--reason", request.reason, "why")->type_name("TEXT");
        break;
    case Command::completion:
        sub->get_option("SHELL")->check([](const std::string& word) {
            const bool known = std::ranges::find(k_shells, word) != k_shells.end() ||
                               std::ranges::find(k_word_lists, word) != k_word_lists.end();
            return known ? std::string{} : word + " is none of bash, fish and zsh";
        });
        break;
    case Command::status:
    case Command::list:
    case Command::show:
    case Command::diagnose:
    case Command::run:
    case Command::explain:
    case Command::plan:
    case Command::reject:
    case Command::history:
    case Command::undo:
    case Command::watch:
    case Command::policy_list:
    case Command::policy_show:
    case Command::policy_check:
    case Command::policy_test:
    case Command::policy_why:
    case Command::policy_approve:
    case Command::policy_revoke:
    case Command::add:
    case Command::remove:
    case Command::release:
    case Command::reload:
    case Command::doctor: break;
    }
}

/// A command line, and in it the one that `run` runs.
struct Split {
    std::vector<std::string> own;
    std::vector<std::string> command; ///< its words as they are
};

/// Of `run` everything from the first word on that is none of our options belongs to the command, whatever it looks like.
Split split_off_command(int argc, const char* const* argv)
{
    Split split;
    bool is_run = false;
    bool is_value = false; ///< of the option before
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        const bool is_option = word.starts_with('-') && word != "-";
        if (is_run && !is_value && (!is_option || word == "--")) {
            split.command.assign(argv + i + (word == "--" ? 1 : 0), argv + argc);
            return split;
        }
        split.own.emplace_back(word);
        if (!is_option && !is_value) {
            if (word != "run") break;
            is_run = true;
        }
        // -H takes the next word, also as the last of several letters.
        is_value = word == "--host" || (is_option && !word.starts_with("--") && word.find('H') == word.size() - 1);
    }
    if (!is_run) split.own.assign(argv + 1, argv + argc);
    return split;
}

/// The words behind the program's name, last first, as CLI11 takes them. It does not know "--" before an operand that may be
/// left out, so an operand behind it that begins with '-' is written as the path that it is: "./-x".
std::vector<std::string> words_for_cli11(const std::vector<std::string>& own)
{
    std::vector<std::string> words;
    bool only_operands = false;
    for (const auto& word : own) {
        if (!only_operands && word == "--") {
            only_operands = true;
            continue;
        }
        words.insert(words.begin(), only_operands && word.starts_with('-') && word != "-" ? "./" + word : word);
    }
    return words;
}

} // namespace

std::uint64_t seconds_of(const std::string& text)
{
    std::uint64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto [after, failed] = std::from_chars(text.data(), end, number);
    if (failed != std::errc{} || number == 0) return 0;
    std::uint64_t unit = 0;
    const std::string_view rest(after, static_cast<std::size_t>(end - after));
    if (rest.empty() || rest == "s") unit = 1;
    if (rest == "m" || rest == "min") unit = 60;
    if (rest == "h") unit = 3600;
    if (rest == "d") unit = 86400;
    if (unit == 0 || number > std::numeric_limits<std::uint64_t>::max() / unit) return 0;
    return number * unit;
}

std::vector<std::string> words_of(const Request& request)
{
    std::vector<std::string> words;
    const auto flag = [&](bool set, const char* word) {
        if (set) words.emplace_back(word);
    };
    flag(request.system, "--system");
    flag(request.user, "--user");
    flag(request.json, "--json");
    flag(request.no_colour, "--no-color");
    flag(request.quiet, "--quiet");
    for (const auto& verb : k_policy_verbs) {
        if (verb.command == request.command) words.insert(words.end(), {"policy", verb.name});
    }
    for (const auto& verb : k_verbs) {
        if (verb.command == request.command) words.emplace_back(verb.name);
    }
    flag(request.yes, "--yes");
    flag(request.wait, "--wait");
    flag(request.probe, "--probe");
    if (request.seconds != 0) words.insert(words.end(), {"--for", std::to_string(request.seconds)});
    if (!request.reason.empty()) words.push_back("--reason=" + request.reason);
    if (!request.operands.empty()) words.emplace_back("--");
    words.insert(words.end(), request.operands.begin(), request.operands.end());
    return words;
}

std::variant<Request, Message> parse_arguments(int argc, const char* const* argv)
{
    Request request;
    auto split = split_off_command(argc, argv);
    CLI::App app{k_about, "envfixctl"};
    app.formatter(std::make_shared<Help>());
    app.require_subcommand(1);
    app.fallthrough();
    app.set_version_flag("--version", "envfixctl " ENVFIX_VERSION);
    auto* user = app.add_flag("--user", request.user, "the user's daemon");
    app.add_flag("--system", request.system, "the machine's daemon")->excludes(user);
    app.add_option("-H,--host", request.host, "ask the daemon of this host, over ssh")->type_name("HOST");
    app.add_flag("--json", request.json, "one JSON document on standard output");
    app.add_flag("--no-color,--no-colour", request.no_colour, "no colour");
    app.add_flag("-q,--quiet", request.quiet, "nothing but errors and the exit code");
    auto words = words_for_cli11(split.own);
    const auto is_named = [&](std::string_view name) { return std::ranges::find(words, name) != words.end(); };
    const bool any = is_named("policy") || std::ranges::any_of(k_verbs, is_named, &Verb::name);
    // To declare them all takes a fifth of a short run, and only one whose name was given can be meant. Help shows all.
    for (const auto& verb : k_verbs) {
        if (!any || is_named(verb.name)) add_verb(app, verb, request);
    }
    if (!any || is_named("policy")) {
        auto* policy = app.add_subcommand("policy", "what may be done, and what was approved");
        policy->require_subcommand(1);
        policy->fallthrough();
        for (const auto& verb : k_policy_verbs) add_verb(*policy, verb, request);
    }
    try {
        app.parse(std::move(words));
    } catch (const CLI::CallForHelp&) {
        const CLI::App* deepest = &app;
        while (!deepest->get_subcommands().empty()) deepest = deepest->get_subcommands().front();
        return Message{.text = deepest->help(), .exit_code = 0};
    } catch (const CLI::CallForVersion& version) {
        return Message{.text = std::string{version.what()} + '\n', .exit_code = 0};
    } catch (const CLI::ParseError& error) {
        return Message{.text = "envfixctl: " + report::shown(error.what()) + "; see envfixctl --help\n",
                       .exit_code = static_cast<int>(report::Exit::usage)};
    }
    if (request.command == Command::run) {
        if (split.command.empty()) {
            return Message{.text = "envfixctl: run needs a command: envfixctl run -- CMD...\n",
                           .exit_code = static_cast<int>(report::Exit::usage)};
        }
        request.operands = std::move(split.command);
    }
    if (request.host.starts_with('-')) {
        return Message{.text = "envfixctl: a HOST may not begin with '-'; see envfixctl --help\n",
                       .exit_code = static_cast<int>(report::Exit::usage)};
    }
    return request;
}

} // namespace envfix::cli
