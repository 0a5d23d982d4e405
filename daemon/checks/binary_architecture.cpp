#include "checks/binary_architecture.hpp"

#include "checks/facts.hpp"

#include <optional>

namespace envfix::checks {

namespace {

using Format = model::BinaryFile::Format;

std::string bits(std::uint8_t elf_class)
{
    return elf_class == 1 ? "32 bit" : "64 bit";
}

/// What the file was made for, where that is not this machine.
std::optional<std::string> foreign_platform(const model::BinaryFile& file,
                                            const model::Interpreter& interpreter)
{
    if (file.format == Format::mach_o) return "macOS (Mach-O)";
    if (file.format == Format::pe) return "Windows (PE)";
    if (file.format != Format::elf || interpreter.elf_machine == 0) return std::nullopt;
    if (file.machine != interpreter.elf_machine) return machine_name(file.machine);
    if (file.elf_class != interpreter.elf_class) {
        return machine_name(file.machine) + ", " + bits(file.elf_class);
    }
    return std::nullopt;
}

model::Finding finding_for(const model::Snapshot& snapshot, const model::LinkState& link,
                           const model::BinaryFile& file, const std::string& made_for)
{
    const auto here = machine_name(snapshot.interpreter.elf_machine);
    return {
        .code = "wrong-architecture",
        .severity = model::Severity::error,
        .distribution = link.distribution,
        .summary = "a compiled file of " + titled(link) + " was made for " + made_for +
                   ", this Python runs on " + here + ": " + file.path,
        .evidence = {{.path = file.path,
                      .owner = titled(link),
                      .expected = here,
                      .actual = made_for}},
        .remedies = {reinstall_command(snapshot, link)},
    };
}

} // namespace

model::Findings binary_architecture(const model::Snapshot& snapshot, const model::Chain&)
{
    model::Findings found;
    for (const auto& link : snapshot.links) {
        for (const auto& module : link.extensions) {
            if (module.binary) {
                if (const auto other = foreign_platform(*module.binary, snapshot.interpreter)) {
                    found.push_back(finding_for(snapshot, link, *module.binary, *other));
                }
                continue;
            }
            for (const auto& file : module.unaccepted) {
                if (const auto other = foreign_platform(file, snapshot.interpreter)) {
                    found.push_back(finding_for(snapshot, link, file, *other));
                    break;
                }
            }
        }
    }
    return found;
}

bool is_foreign(const model::BinaryFile& file, const model::Interpreter& interpreter)
{
    return foreign_platform(file, interpreter).has_value();
}

} // namespace envfix::checks
