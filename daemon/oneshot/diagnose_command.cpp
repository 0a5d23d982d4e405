#include "oneshot/diagnose_command.hpp"

#include "app/symptoms.hpp"
#include "base/error.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "inventory/named.hpp"
#include "oneshot/judging.hpp"
#include "oneshot/places.hpp"
#include "oneshot/terminal.hpp"
#include "report/report.hpp"
#include "symptoms/decide.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace envfix::oneshot {

namespace {

constexpr std::size_t k_longest = std::size_t{4} * 1024 * 1024;

int code(report::Exit exit)
{
    return static_cast<int>(exit);
}

Result<std::string> read_text(const std::string& file)
{
    UniqueFd opened;
    if (file != "-") {
        opened = UniqueFd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
        if (!opened) return fail(errno_error("opening " + file));
    }
    const int fd = opened ? opened.get() : STDIN_FILENO;
    std::string text;
    std::array<char, 65536> buffer{};
    for (;;) {
        const auto got = ::read(fd, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(errno_error("reading " + file));
        if (got == 0) return text;
        if (text.size() + static_cast<std::size_t>(got) > k_longest) {
            return fail(ErrorCode::too_large, file + ": more than " + std::to_string(k_longest / 1024) + " KiB");
        }
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

/// The environments of this machine that the text names, as `check` sees them.
std::vector<model::EnvironmentReport> named_by(const fs::Tree& tree, const app::Surroundings& surroundings,
                                               const std::vector<model::NamedPlace>& named)
{
    std::vector<model::EnvironmentReport> reports;
    const auto environments = inventory::environments_at(tree, named, places_of(surroundings));
    if (environments.empty()) return reports;
    Judging judging(tree, tree, surroundings); // of problems with the configuration `check` tells
    for (const auto& environment : environments) reports.push_back(judging.report_of(environment));
    judging.save();
    return reports;
}

} // namespace

int diagnose(const app::Surroundings& surroundings, const DiagnoseArguments& arguments)
{
    const auto text = read_text(arguments.file);
    if (!text) {
        complain(text.error().message);
        return code(text.error().code == ErrorCode::not_found ? report::Exit::not_found : report::Exit::failed);
    }
    const auto tree = fs::Tree::open();
    if (!tree) {
        complain(tree.error().message);
        return code(report::Exit::failed);
    }
    const auto diagnosis = app::load_symptoms(*tree, surroundings.config_dirs);
    for (const auto& problem : diagnosis.problems()) {
        complain(problem.file + ":" + std::to_string(problem.line) + ":" + std::to_string(problem.column) + ": " + problem.reason +
                 "; the file is left out");
    }
    auto reading = diagnosis.read(*text);
    const auto causes = symptoms::decide(std::move(reading.causes), named_by(*tree, surroundings, reading.places));
    bool printed = true;
    if (arguments.json) {
        printed = print(report::causes_json(causes));
    } else if (!arguments.quiet) {
        printed = print(report::causes_text(style_of_output(arguments.no_colour), causes));
    }
    return code(printed ? report::exit_code(causes) : report::Exit::failed);
}

} // namespace envfix::oneshot
