#include "app/explain.hpp"
#include "app/service_program.hpp"
#include "app/surroundings.hpp"
#include "causes/explanation.hpp"
#include "oneshot/check_command.hpp"
#include "oneshot/diagnose_command.hpp"
#include "oneshot/terminal.hpp"
#include "report/report.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

namespace {

using namespace envfix;

int code(report::Exit exit)
{
    return static_cast<int>(exit);
}

int explain(const std::string& cause, bool json, bool no_colour)
{
    if (cause.empty()) {
        const auto all = causes::explanations();
        const auto list = json ? report::explanations_json(all)
                               : report::explanations_text(oneshot::style_of_output(no_colour), all, "envfixd");
        return code(oneshot::print(list) ? report::Exit::well : report::Exit::failed);
    }
    const auto told = app::explain(cause);
    if (!told) {
        oneshot::complain(told.error().message);
        return code(report::Exit::not_found);
    }
    const auto text = json ? report::explanation_json(*told)
                           : report::explanation_text(oneshot::style_of_output(no_colour), *told);
    return code(oneshot::print(text) ? report::Exit::well : report::Exit::failed);
}

int run(int argc, char** argv)
{
    CLI::App program("Keeps Python environments working. The daemon, and its checks without a bus.", "envfixd");
    program.set_version_flag("--version", ENVFIX_VERSION);
    bool user = false;
    bool system = false;
    bool check_config = false;
    program.add_flag("--user", user, "run as this user's daemon, on the session bus");
    program.add_flag("--system", system, "run as the machine's daemon, on the system bus")->excludes("--user");
    program.add_flag("--check-config", check_config, "say what is wrong with configuration and policies, and end");

    const std::span<char*> words(argv, static_cast<std::size_t>(argc));
    const auto is_named = [&](std::string_view name) { return std::ranges::find(words, name) != words.end(); };

    oneshot::CheckArguments arguments;
    auto* check = program.add_subcommand("check", "validate environments once, without the daemon");
    check->add_option("PATH", arguments.paths, "venvs, projects, Python executables or prefixes; none: this folder");
    check->add_option("--root", arguments.root, "look at this root file system; nothing of it is run");
    check->add_flag("--json", arguments.json, "one JSON document");
    check->add_flag("--probe", arguments.probe, "also import the chain in the real interpreter");
    check->add_flag("--no-color", arguments.no_colour, "no colour, even on a terminal");
    check->add_flag("-q,--quiet", arguments.quiet, "the exit code alone");

    std::string cause;
    auto* explanation = program.add_subcommand("explain", "what a finding's code means");
    // Whoever only checks has no use for the options of the others: to declare them costs more than to find a distribution.
    if (is_named("explain")) {
        explanation->add_option("CODE", cause, "a code as check prints it; none: all codes");
        explanation->add_flag("--json", arguments.json, "one JSON document");
        explanation->add_flag("--no-color", arguments.no_colour, "no colour, even on a terminal");
    }

    oneshot::DiagnoseArguments text;
    auto* diagnosis = program.add_subcommand("diagnose", "read a traceback from a file or standard input, and say what it means");
    if (is_named("diagnose")) {
        diagnosis->add_option("FILE", text.file, "a file, or - for standard input (the default)");
        diagnosis->add_flag("--json", text.json, "one JSON document");
        diagnosis->add_flag("--no-color", text.no_colour, "no colour, even on a terminal");
        diagnosis->add_flag("-q,--quiet", text.quiet, "the exit code alone");
    }

    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const bool asked = error.get_exit_code() == 0; // --help, --version
        return program.exit(error) == 0 || asked ? 0 : code(report::Exit::usage);
    }

    if (explanation->parsed()) return explain(cause, arguments.json, arguments.no_colour);
    if (user || system || check_config) {
        const auto failed = app::become_service_program(argv);
        oneshot::complain(failed.message);
        return code(report::Exit::failed);
    }
    if (!check->parsed() && !diagnosis->parsed()) {
        oneshot::print(program.help());
        return code(report::Exit::usage);
    }
    const auto surroundings = app::surroundings_of_process(app::Instance::user);
    if (!surroundings) {
        oneshot::complain(surroundings.error().message);
        return code(report::Exit::failed);
    }
    if (diagnosis->parsed()) return oneshot::diagnose(*surroundings, text);
    return oneshot::check(*surroundings, arguments);
}

} // namespace

int main(int argc, char** argv)
{
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        envfix::oneshot::complain(error.what());
        return 1;
    }
}
