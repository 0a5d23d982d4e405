#pragma once

#include "app/configuration.hpp"
#include "app/known_hashes.hpp"
#include "app/known_judgements.hpp"
#include "app/surroundings.hpp"
#include "bus/service.hpp"
#include "capture/known_interpreters.hpp"
#include "capture/known_libraries.hpp"
#include "capture/memory.hpp"
#include "capture/places.hpp"
#include "fs/tree.hpp"
#include "inventory/inventory.hpp"
#include "journal/approvals.hpp"
#include "journal/journal.hpp"
#include "remedy/backup_clock.hpp"
#include "remedy/store.hpp"
#include "remedy/transaction.hpp"
#include "service/catalogue.hpp"
#include "service/observer.hpp"
#include "service/plan_book.hpp"
#include "service/remembered.hpp"
#include "service/tasks.hpp"

#include <asio/any_io_executor.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace envfix::service {

class Accounts;
class Notifying;

/// What the parts of the service share: the state, and those who do one kind of effect each. Declared in the order in which
/// they need one another. All of it belongs to the loop's thread.
struct World {
    app::Surroundings surroundings;
    fs::Tree tree;
    app::KnownHashes hashes;
    capture::KnownInterpreters interpreters;
    capture::KnownLibraries libraries;
    capture::Memory memory;
    capture::KnownPlaces places;
    app::KnownJudgements judgements; ///< by the chain of `configuration`
    app::Configuration configuration;
    Remembered remembered;
    journal::Journal journal;
    journal::Approvals approvals;
    remedy::Store store;
    remedy::TransactionLog transactions;
    remedy::BackupClock backup_clock{};
    PlanBook plans;
    Catalogue catalogue;
    std::vector<std::string> degraded; ///< what was wrong at start-up; a sentence each
    std::vector<std::string> let_through; ///< of the machine's daemon: what its sandbox should keep it from, and does not
    struct StoreDamage {
        std::int64_t at_s = 0; ///< wall clock
        std::string text;
    };
    std::vector<StoreDamage> store_damage; ///< what was found in the store of known-good files, the latest last
    std::int64_t started_s = 0;        ///< boottime clock
    bool summary_is_old = true;        ///< systemd's status line
    std::vector<std::string> recorded_troubles; ///< of what keeps us from our work, what the system's journal has

    asio::any_io_executor loop;
    asio::any_io_executor pool;
    Tasks* tasks = nullptr;
    Observer* observer = nullptr;
    bus::Service* bus = nullptr; ///< null until the bus is open
    Notifying* notifying = nullptr;
    Accounts* accounts = nullptr; ///< of the machine's daemon only
};

/// Where the user's interpreters lie, without any root of projects.
inventory::Places places_of(const World& world);

/// Wall clock, seconds since the epoch.
std::int64_t wall_clock_s();
/// Wall clock, milliseconds since the epoch.
std::int64_t wall_clock_ms();
/// Wall clock, nanoseconds since the epoch.
std::int64_t wall_clock_ns();
/// Seconds since boot, suspended time included: for deadlines (THREATS.md R8).
std::int64_t boot_clock_s();

/// 12 hexadecimal digits that nobody has had before.
std::string new_run_id();

/// All approvals in force: the user's own and the fleet's.
std::vector<model::Approval> approvals_in_force(const World& world);

} // namespace envfix::service
