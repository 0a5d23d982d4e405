#include "pep/platform_tags.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace envfix::pep {

namespace {

// No library has a larger one, and a hostile text must not make us count to four billion.
constexpr unsigned k_max_minor = 999;

constexpr std::array<std::string_view, 9> k_manylinux_machines{
    "x86_64", "aarch64", "ppc64", "ppc64le", "s390x", "loongarch64", "riscv64", "i686", "armv7l"};

/// The name that a glibc of that version has from before PEP 600.
std::string_view old_manylinux(unsigned minor)
{
    switch (minor) {
    case 17: return "manylinux2014";
    case 12: return "manylinux2010";
    case 5: return "manylinux1";
    default: return {};
    }
}

void add_manylinux(const std::string& machine, const Libc& libc, std::vector<std::string>& out)
{
    const bool is_x86 = machine == "x86_64" || machine == "i686";
    const unsigned oldest = is_x86 ? 5 : 17;
    // glibc has had one major version; should it get another, 2.50 stands for the last of this one.
    constexpr unsigned k_last_minor_of_2 = 50;
    for (unsigned major = libc.major; major >= 2; --major) {
        const unsigned newest = major == libc.major ? libc.minor : k_last_minor_of_2;
        const unsigned least = major == 2 ? oldest : 0;
        for (unsigned minor = newest + 1; minor-- > least;) {
            out.push_back("manylinux_" + std::to_string(major) + '_' + std::to_string(minor) + '_' +
                          machine);
            const auto old = major == 2 ? old_manylinux(minor) : std::string_view{};
            if (!old.empty()) out.push_back(std::string(old) + '_' + machine);
        }
    }
}

void add_musllinux(const std::string& machine, const Libc& libc, std::vector<std::string>& out)
{
    for (unsigned minor = libc.minor + 1; minor-- > 0;) {
        out.push_back("musllinux_" + std::to_string(libc.major) + '_' + std::to_string(minor) +
                      '_' + machine);
    }
}

} // namespace

Result<Libc> parse_libc(std::string_view text)
{
    Libc libc;
    auto rest = text;
    if (rest.starts_with("glibc ")) {
        libc.kind = Libc::Kind::glibc;
        rest.remove_prefix(6);
    } else if (rest.starts_with("musl ")) {
        libc.kind = Libc::Kind::musl;
        rest.remove_prefix(5);
    }
    const auto* const end = rest.data() + rest.size();
    const auto major = std::from_chars(rest.data(), end, libc.major);
    const bool has_dot = major.ec == std::errc{} && major.ptr != end && *major.ptr == '.';
    if (libc.kind == Libc::Kind::unknown || !has_dot || libc.major > k_max_minor ||
        std::from_chars(major.ptr + 1, end, libc.minor).ec != std::errc{} ||
        libc.minor > k_max_minor) {
        return fail(ErrorCode::malformed,
                    "not a C library and its version: '" + std::string(text) + "'");
    }
    return libc;
}

std::vector<std::string> linux_platforms(std::string_view machine, const Libc& libc)
{
    std::vector<std::string> machines{std::string(machine)};
    if (machine == "armv8l") machines.emplace_back("armv7l"); // a 32-bit Python on 64-bit ARM
    std::vector<std::string> out;
    for (const auto& name : machines)
        out.push_back("linux_" + name);
    const bool has_manylinux = std::ranges::any_of(machines, [](const std::string& name) {
        return std::ranges::find(k_manylinux_machines, name) != k_manylinux_machines.end();
    });
    for (const auto& name : machines) {
        if (libc.kind == Libc::Kind::glibc && has_manylinux) add_manylinux(name, libc, out);
        if (libc.kind == Libc::Kind::musl) add_musllinux(name, libc, out);
    }
    return out;
}

} // namespace envfix::pep
