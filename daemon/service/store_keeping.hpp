#pragma once

#include "app/judge.hpp"
#include "remedy/store.hpp"
#include "service/judging.hpp"
#include "service/world.hpp"

#include <asio/awaitable.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace envfix::service {

/// Keeps the store of known-good files filled from healthy environments, and sound: what is damaged in it is told once and brought
/// again from wherever it is healthy, without waiting for an environment to change.
class StoreKeeping {
public:
    explicit StoreKeeping(World& world) : m_world(world) {}

    /// Whose judgements bring the healthy environments; set once.
    void use(Judging& judging) { m_judging = &judging; }

    /// Keeps the chain's files of a healthy environment, unless just these are kept.
    void keep(const app::Judgement& judgement);

    /// Looks at the store as soon as the pool has time: what is damaged, lost or too much.
    void check();

    /// Looks at it now, and every ten minutes from then on. A task without an end.
    asio::awaitable<void> look_after();

private:
    /// Tells what was found, and has everything kept again.
    void found(const std::vector<std::string>& damage);

    World& m_world;
    Judging* m_judging = nullptr;
    std::map<std::string, std::string> m_kept; ///< fingerprint of what the store holds, by environment
};

/// What the store is to keep of a healthy environment: the chain's distributions that are whole and have a RECORD.
std::vector<model::Distribution> worth_keeping(const model::Snapshot& snapshot);

/// How one of them is kept: each file with the hash that RECORD states. Byte-compiled files do not count. Reads RECORD, nothing
/// else; gives nothing where that cannot be read.
std::optional<remedy::KeepRequest> keep_request(const fs::Tree& tree, const model::Distribution& distribution,
                                                const std::string& soabi);

} // namespace envfix::service
