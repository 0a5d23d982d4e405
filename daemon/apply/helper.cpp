#include "apply/helper.hpp"

#include "apply/command.hpp"
#include "base/printable.hpp"
#include "fs/file.hpp"
#include "fs/tree.hpp"
#include "fs/write_tree.hpp"
#include "process/process.hpp"

#include <sys/stat.h>

#include <chrono>
#include <cstdio>
#include <string_view>
#include <utility>

namespace envfix::apply {

namespace {

constexpr int k_not_ended = 255;
constexpr std::size_t k_output_kept = 16UL * 1024;
constexpr std::size_t k_simulation_cap = 256UL * 1024;
constexpr std::size_t k_list_cap = 64UL * 1024;
constexpr unsigned k_others_may_write = 022;

/// What a program said, one line each, without anything that a terminal or a log would obey.
std::string escape_lines(std::string_view text)
{
    std::string shown;
    while (!text.empty()) {
        const auto end = text.find('\n');
        shown += escape_untrusted(text.substr(0, end)) + "\n";
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return shown;
}

std::string_view last_line(std::string_view text)
{
    while (text.ends_with('\n')) text.remove_suffix(1);
    const auto before = text.rfind('\n');
    return before == std::string_view::npos ? text : text.substr(before + 1);
}

/// The bytes of the record, out of a file that nobody but the monitor can have made.
Result<std::string> read_record(const Setting& setting, const std::string& transaction)
{
    ENVFIX_TRY(const auto run, fs::WriteTree::open(setting.record_root));
    const auto path = setting.records + "/" + transaction;
    ENVFIX_TRY(auto file, run.open_file(path));
    struct stat status{};
    if (::fstat(file.get(), &status) != 0) return fail(errno_error("looking at " + path));
    if (!S_ISREG(status.st_mode)) return fail(ErrorCode::malformed, path + " is no regular file");
    if (status.st_uid != setting.monitor) return fail(ErrorCode::denied, path + " does not belong to the monitor");
    if (status.st_nlink != 1) return fail(ErrorCode::denied, path + " has other names");
    if ((status.st_mode & 07777U) != 0600U) return fail(ErrorCode::denied, path + " has not mode 0600");
    return fs::read_stream(file.get(), path, k_record_cap);
}

Result<std::vector<std::string>> read_allowed(const Setting& setting)
{
    ENVFIX_TRY(const auto tree, fs::Tree::open());
    ENVFIX_TRY(const auto file, tree.open_file(setting.allowed));
    const auto& status = file.status();
    if (status.uid != setting.root || (status.mode & k_others_may_write) != 0) {
        return fail(ErrorCode::denied, setting.allowed + " can be written by others than root");
    }
    ENVFIX_TRY(const auto bytes, file.read_all(k_list_cap));
    auto names = parse_allowed(bytes);
    if (!names) return fail(names.error().code, setting.allowed + ": " + names.error().message);
    return names;
}

process::Command command_of(const Setting& setting, std::vector<std::string> argv)
{
    using namespace std::chrono_literals;
    if (!setting.program.empty()) argv.front() = setting.program;
    return {.argv = std::move(argv), .environment = apt_environment(), .limits = {.wall = 15min}, .output_cap = k_output_kept};
}

/// What apt would do is asked first: a version that it has no more it would pass over without failing, and what is new to it might
/// need more than was approved.
Result<Outcome> run_apt(const Setting& setting, const Record& record)
{
    auto simulation = command_of(setting, apt_simulation(record));
    simulation.output_cap = k_simulation_cap;
    ENVFIX_TRY(const auto would, process::run_blocking(simulation));
    if (!would.well()) {
        const auto why = last_line(would.err);
        return fail(ErrorCode::plan_changed, "nothing was changed: apt would not do it (" + process::describe(would, simulation.limits) + ")" +
                                                 (why.empty() ? "" : ": " + std::string(why)));
    }
    if (would.out.size() >= k_simulation_cap) return fail(ErrorCode::too_large, "apt would do more than can be looked through");
    if (auto just = does_just_that(record, would.out); !just) {
        return fail(just.error().code, "nothing was changed: " + just.error().message);
    }
    const auto command = command_of(setting, apt_command(record));
    ENVFIX_TRY(const auto ended, process::run_blocking(command));
    Outcome outcome{.status = ended.signalled || ended.timed_out ? k_not_ended : ended.status, .text = {}};
    if (!ended.well()) outcome.text = process::describe(ended, command.limits) + "\n";
    outcome.text += escape_lines(ended.out) + escape_lines(ended.err);
    return outcome;
}

void write_down(const Setting& setting, const std::string& transaction, const Outcome& outcome)
{
    const auto folder = fs::WriteTree::open(setting.results);
    const auto written = folder ? folder->atomic_replace(transaction, write_outcome(outcome), 0644)
                                : Result<void>(fail(folder.error()));
    if (!written) std::fprintf(stderr, "envfix-apply: %s\n", escape_untrusted(written.error().message).c_str());
}

} // namespace

Result<Record> admit(const Setting& setting, const std::string& transaction)
{
    if (!is_transaction(transaction)) return fail(ErrorCode::malformed, "not a transaction");
    ENVFIX_TRY(const auto bytes, read_record(setting, transaction));
    ENVFIX_TRY(auto record, parse_record(bytes));
    if (record.transaction != transaction) return fail(ErrorCode::malformed, "the record is another transaction's");
    ENVFIX_TRY(const auto allowed, read_allowed(setting));
    if (auto may = all_allowed(record, allowed); !may) return fail(may.error());
    return record;
}

int apply(const Setting& setting, const std::string& transaction)
{
    const auto record = admit(setting, transaction);
    if (!record) {
        const auto why = escape_untrusted(record.error().message);
        std::fprintf(stderr, "envfix-apply: refused: %s\n", why.c_str());
        if (is_transaction(transaction)) write_down(setting, transaction, {.status = k_not_ended, .text = "refused: " + why + "\n"});
        return 2;
    }
    auto outcome = run_apt(setting, *record);
    if (!outcome) outcome = Outcome{.status = k_not_ended, .text = escape_untrusted(outcome.error().message) + "\n"};
    std::fprintf(stderr, "%s", outcome->text.c_str());
    write_down(setting, transaction, *outcome);
    return outcome->status == 0 ? 0 : 1;
}

} // namespace envfix::apply
