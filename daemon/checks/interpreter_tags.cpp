#include "checks/interpreter_tags.hpp"

#include "pep/platform_tags.hpp"

#include <algorithm>
#include <utility>

namespace envfix::checks {

namespace {

std::vector<std::string> platforms_of(const model::Interpreter& interpreter)
{
    constexpr std::string_view k_linux = "linux-";
    if (!interpreter.platform.starts_with(k_linux) || interpreter.libc_version.empty()) return {};
    const auto machine = interpreter.platform.substr(k_linux.size());
    // Whether a 32-bit ARM passes floats in registers decides there, and the description does not say.
    if (machine.empty() || machine.starts_with("armv")) return {};
    const char* library = nullptr;
    switch (interpreter.libc) {
    case model::Libc::glibc: library = "glibc "; break;
    case model::Libc::musl: library = "musl "; break;
    case model::Libc::unknown: return {};
    }
    const auto libc = pep::parse_libc(library + interpreter.libc_version);
    if (!libc) return {};
    return pep::linux_platforms(machine, *libc);
}

} // namespace

pep::TagEnvironment tag_environment(const model::Interpreter& interpreter)
{
    return {.implementation = interpreter.implementation,
            .major = static_cast<unsigned>(std::max(interpreter.major, 0)),
            .minor = static_cast<unsigned>(std::max(interpreter.minor, 0)),
            .is_free_threaded = interpreter.free_threaded,
            .is_debug = interpreter.debug,
            .abi = interpreter.implementation == "cpython" ? std::string{} : interpreter.soabi,
            .platforms = platforms_of(interpreter)};
}

Wheels::Wheels(const model::Interpreter& interpreter)
    : m_is_known(!interpreter.implementation.empty() && interpreter.major != 0)
{
    if (!m_is_known) return;
    auto environment = tag_environment(interpreter);
    m_groups = pep::supported_groups(environment);
    m_platforms = std::move(environment.platforms);
}

bool takes_wheel(const model::Interpreter& interpreter, std::span<const std::string> tags)
{
    return Wheels(interpreter).takes(tags);
}

bool Wheels::takes(std::span<const std::string> tags) const
{
    if (!m_is_known || tags.empty()) return true;
    for (const auto& line : tags) {
        const auto read = pep::parse_tags(line);
        if (!read) return true;
        for (const auto& tag : *read) {
            const bool any = tag.platform == "any";
            const bool platform = any || m_platforms.empty() ||
                                  std::ranges::find(m_platforms, tag.platform) != m_platforms.end();
            const bool group = std::ranges::find(m_groups, pep::TagGroup{tag.interpreter, tag.abi, any}) != m_groups.end();
            if (platform && group) return true;
        }
    }
    return false;
}

} // namespace envfix::checks
