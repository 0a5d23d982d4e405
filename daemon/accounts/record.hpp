#pragma once

#include "base/result.hpp"
#include "model/environment.hpp"
#include "model/report.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Environments that belong to accounts of the machine, as the machine's daemon knows them: only by what a worker says that runs
/// as that account. Nothing that comes from there is trusted (THREATS.md, structure of the system instance). Pure.
///
/// What passes between the two goes over a SOCK_SEQPACKET socket of the monitor's, not over D-Bus: one packet is one record, so
/// no framing can be wrong; the kernel says who sends (SO_PEERCRED), and lets only those connect whom the socket's access list
/// names; a worker that sends too much fills its own socket and waits, while nobody else's does; and no method for workers is on
/// the bus, where every user could call it.
namespace envfix::accounts {

inline constexpr std::size_t k_record_cap = 64UL * 1024;
inline constexpr std::size_t k_path_cap = 4096;
inline constexpr std::size_t k_text_cap = 1024;
inline constexpr std::uint32_t k_most_links = 64;
inline constexpr std::uint32_t k_most_shadows = 8;
inline constexpr std::uint32_t k_most_findings = 64;
inline constexpr std::uint32_t k_most_evidence = 8;
inline constexpr std::uint32_t k_most_remedies = 8;

enum class Role : std::uint8_t { watch, probe };

/// Which environment, on this channel. Its path can be shown: what could not be is escaped.
struct Place {
    model::EnvironmentKind kind = model::EnvironmentKind::venv; ///< venv, conda or project
    std::string path;

    bool operator==(const Place&) const = default;
};

// -- from a worker ---------------------------------------------------------------------------------------------------

/// The first record of each.
struct Hello {
    Role role = Role::watch;

    bool operator==(const Hello&) const = default;
};

/// An environment as it was judged. The id is not sent: it follows from kind and path.
struct Seen {
    model::EnvironmentReport report; ///< without hold and probe
    std::string project;
    std::uint32_t left_out = 0; ///< findings that are not told here

    bool operator==(const Seen&) const = default;
};

struct Gone {
    Place place;

    bool operator==(const Gone&) const = default;
};

/// All roots have been looked at, and all that was found has been told.
struct Surveyed {
    std::string trouble; ///< what keeps it from seeing all; empty: nothing

    bool operator==(const Surveyed&) const = default;
};

/// The answer to CheckAgain.
struct Checked {
    std::uint32_t number = 0;

    bool operator==(const Checked&) const = default;
};

/// The answer to TryImports.
struct Probed {
    Place place;
    model::ProbeResult result;

    bool operator==(const Probed&) const = default;
};

using Record = std::variant<Hello, Seen, Gone, Surveyed, Checked, Probed>;

/// Texts are escaped, and cut where they are too long; lists are cut, and the last findings left out where it would be above
/// k_record_cap, which Seen::left_out counts. The path of an environment is never cut: errors, too_large.
Result<std::string> write_record(Record record);

/// Reads what write_record writes, and nothing that differs by one byte. ErrorCode::malformed, too_large.
Result<Record> parse_record(std::string_view bytes);

// -- to a worker -----------------------------------------------------------------------------------------------------

/// Judge every environment once more, then tell.
struct CheckAgain {
    std::uint32_t number = 0;

    bool operator==(const CheckAgain&) const = default;
};

/// Read the configuration again.
struct Reload {
    bool operator==(const Reload&) const = default;
};

/// Import the chain in this environment's interpreter.
struct TryImports {
    Place place;

    bool operator==(const TryImports&) const = default;
};

using Order = std::variant<CheckAgain, Reload, TryImports>;

std::string write_order(const Order& order);
Result<Order> parse_order(std::string_view bytes);

/// The place of an environment, as it is told on this channel.
Place place_of(const model::Environment& environment);

/// Whether environments of this kind are an account's own: venv, conda, project.
bool is_of_account(model::EnvironmentKind kind);

} // namespace envfix::accounts
