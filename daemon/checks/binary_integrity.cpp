#include "checks/binary_integrity.hpp"

#include "checks/binary_architecture.hpp"
#include "checks/facts.hpp"

#include <algorithm>
#include <iterator>

namespace envfix::checks {

namespace {

using Format = model::BinaryFile::Format;

std::string bytes(std::uint64_t count)
{
    return std::to_string(count) + (count == 1 ? " byte" : " bytes");
}

model::Finding finding_for(const model::Snapshot& snapshot, const model::LinkState& link,
                           const std::string& path, std::string what, std::string expected,
                           std::string actual)
{
    return {
        .code = "corrupt-binary",
        .severity = model::Severity::error,
        .distribution = link.distribution,
        .summary = "a compiled file of " + titled(link) + " " + std::move(what) + ": " + path,
        .evidence = {{.path = path,
                      .owner = titled(link),
                      .expected = std::move(expected),
                      .actual = std::move(actual)}},
        .remedies = {reinstall_command(snapshot, link) + " --no-cache-dir"},
    };
}

const model::DamagedFile* damage_of(const model::LinkState& link, const std::string& path)
{
    const auto found = std::ranges::find(link.damaged, path, &model::DamagedFile::path);
    return found == link.damaged.end() ? nullptr : &*found;
}

/// Compiled files that are none of the chain's modules. Who imports them is not known, so that the import may well go past them.
model::Findings beside_the_modules(const model::Snapshot& snapshot, const model::LinkState& link)
{
    model::Findings found;
    for (const auto& file : link.damaged) {
        const auto fault = file.actual.find("; ");
        const bool is_altered = file.damage == model::Damage::hash_differs;
        const bool is_module = std::ranges::any_of(link.extensions, [&](const auto& module) {
            return module.binary && module.binary->path == file.path;
        });
        if (is_module || file.path.ends_with(".py") || (!is_altered && fault == std::string::npos)) continue;
        found.push_back(is_altered ? finding_for(snapshot, link, file.path, "is not the one that was installed", file.expected, file.actual)
                                   : finding_for(snapshot, link, file.path, "is " + file.actual.substr(fault + 2),
                                                 file.expected + " bytes", file.actual.substr(0, fault) + " bytes"));
        found.back().severity = model::Severity::warning;
    }
    return found;
}

} // namespace

model::Findings binary_integrity(const model::Snapshot& snapshot, const model::Chain&)
{
    model::Findings found;
    for (const auto& link : snapshot.links) {
        for (const auto& module : link.extensions) {
            if (!module.binary || is_foreign(*module.binary, snapshot.interpreter)) continue;
            const auto& file = *module.binary;
            if (file.format == Format::empty) {
                found.push_back(finding_for(snapshot, link, file.path, "is empty",
                                            "a shared library", "0 bytes"));
                continue;
            }
            if (file.format == Format::other) {
                found.push_back(finding_for(snapshot, link, file.path, "is no shared library",
                                            "an ELF file", "other content"));
                continue;
            }
            if (file.format == Format::truncated || file.least_size > file.size) {
                found.push_back(finding_for(snapshot, link, file.path, "is cut off",
                                            "at least " + bytes(file.least_size), bytes(file.size)));
                continue;
            }
            const auto* damage = damage_of(link, file.path);
            if (damage == nullptr || damage->damage == model::Damage::missing) continue;
            auto finding = finding_for(snapshot, link, file.path, "is not the one that was installed",
                                       damage->expected, damage->actual.substr(0, damage->actual.find("; ")));
            // Cut or grown behind everything that is loaded (debug sections) it has no effect at all.
            if (damage->damage == model::Damage::size_differs) {
                finding.severity = model::Severity::warning;
            }
            found.push_back(std::move(finding));
        }
        std::ranges::move(beside_the_modules(snapshot, link), std::back_inserter(found));
    }
    return found;
}

} // namespace envfix::checks
