#pragma once

#include "apply/record.hpp"
#include "bus/units.hpp"
#include "fs/tree.hpp"

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

/// The root helper as the monitor sees it: a unit of systemd's with a fixed name for each transaction, a record that goes in and a
/// result that comes out. The unit goes on when we end, and what became of it can be read when we are back (THREATS.md R4).
namespace envfix::service {

/// systemd and the two folders; faked in tests.
struct HelperPorts {
    template <typename T> using Answered = std::function<void(Result<T>)>;

    asio::any_io_executor loop;
    const fs::Tree* tree = nullptr;
    std::function<void(const std::string& unit, Answered<void>)> start;
    std::function<void(const std::string& unit, Answered<void>)> stop;
    std::function<void(const std::string& unit, Answered<bus::UnitState>)> state;
    std::string records = std::string(apply::k_record_folder);
    std::string results = std::string(apply::k_result_folder);
    std::chrono::milliseconds look_every{200};
    std::chrono::milliseconds silent_at_most{60'000}; ///< systemd may be away for so long: it starts itself anew now and then
};

/// "envfix-apply@0123456789ab.service"
std::string unit_of(const std::string& transaction);

/// Has the helper install these packages, and gives what it wrote down. Error `cancelled`: we are to end, and it goes on; nothing
/// is known yet.
asio::awaitable<Result<apply::Outcome>> install(HelperPorts ports, apply::Record record);

/// What became of a transaction that was begun before we started.
struct Earlier {
    enum class Begun : std::uint8_t {
        no,     ///< its record lies there still, and no unit has taken it
        yes,
        unknown ///< nothing is left of it: the machine was started anew since, or it came to nothing before there was a record
    };

    Begun begun = Begun::unknown;
    std::optional<apply::Outcome> outcome; ///< what the helper wrote; nothing: it left no word
};

/// Waits until its unit is over, where it is still at work, and clears up behind it. Error `cancelled` as above; others: systemd
/// does not say.
asio::awaitable<Result<Earlier>> outcome_of_earlier(HelperPorts ports, std::string transaction);

} // namespace envfix::service
