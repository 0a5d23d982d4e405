#pragma once

#include "base/result.hpp"
#include "fs/write_tree.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace envfix::remedy {

/// One file of a distribution.
struct KeptFile {
    std::string path; ///< relative to the distribution's location; may begin with "../" for scripts
    std::string sha256; ///< 64 hexadecimal digits
    std::uint64_t size = 0;
    std::uint32_t mode = 0;
    std::int64_t mtime_ns = 0;

    bool operator==(const KeptFile&) const = default;
};

/// A distribution as it was while it was healthy.
struct KeptDistribution {
    std::string name; ///< normalized (PEP 503)
    std::string version;
    std::string soabi;    ///< of the interpreter that it worked with; empty for pure Python
    std::string location; ///< the site folder, absolute
    std::string record;   ///< path of its RECORD among the files; empty: it has none
    std::vector<KeptFile> files;

    bool operator==(const KeptDistribution&) const = default;
};

/// A file that is to be kept: `sha256` from RECORD; empty where RECORD states none (RECORD itself).
struct WantedFile {
    std::string path; ///< relative to the location; may begin with "../" for scripts
    std::string sha256;
};

struct KeepRequest {
    std::string name;
    std::string version;
    std::string soabi;
    std::string location; ///< absolute, without links
    std::string record;
    std::vector<WantedFile> files;
};

/// Content-addressed files of healthy distributions, below `<state>/store`. Files are copied, by
/// reference where the file system can, never hard-linked: their owner may write in place.
/// Every read is verified, and what is damaged moved to `<state>/store/damaged`. Losing the store loses nothing but speed, so its files are not synced.
/// A copy is the same store. May be used by several threads.
class Store {
public:
    static constexpr std::uint64_t k_default_budget = 2ULL << 30U;

    /// What dead processes left half written in it is removed.
    static Result<Store> open(const std::string& state_dir,
                              std::uint64_t budget = k_default_budget);

    /// Keeps a distribution. Nothing is kept unless every file is there and has the hash that is
    /// asked for (ErrorCode::malformed names the first that has not). Cheap where it is kept
    /// already. Cleans when it grew above the budget. no_space: the disk is nearly full.
    Result<KeptDistribution> keep(const KeepRequest& request, std::int64_t now_s);

    /// The kept states of a distribution, last kept or used first. Empty `soabi` or `location`:
    /// any.
    [[nodiscard]] std::vector<KeptDistribution> find(const std::string& name,
                                                     const std::string& soabi = {},
                                                     const std::string& location = {}) const;

    [[nodiscard]] bool has(const std::string& sha256) const;
    /// True if a blob of the right size is there for every file; their bytes are verified by fetch.
    [[nodiscard]] bool has_all(const KeptDistribution& kept) const;

    /// Writes the file with this hash as the new file `path` of `target`, with its mode and time,
    /// not yet durable; folders above it are made. ErrorCode::not_found: not in the store.
    /// malformed: the blob was damaged; it is set aside. Nothing lies at `path` after an error.
    Result<void> fetch(const KeptFile& file, const fs::WriteTree& target, const std::string& path);

    /// It served: it is thrown away later than others.
    void note_use(const KeptDistribution& kept, std::int64_t now_s);

    /// Drops what no kept distribution names, then the least recently used ones, until the budget
    /// holds. Gives the bytes that went.
    Result<std::uint64_t> clean();

    /// Looks whether all that was kept is there, as far as names, sizes and times tell; what somebody touched is read. What is
    /// damaged is set aside and what is lost forgotten, so that keep() brings it again; a store that was removed is begun anew.
    /// Errors: it cannot be made.
    Result<void> check();

    /// Whether its folder is where it was made: the cheapest of all checks.
    [[nodiscard]] bool is_there() const;

    /// What was found damaged since the last call, and where it lies now: one line each.
    std::vector<std::string> take_damage();

    /// What the blobs take now.
    [[nodiscard]] std::uint64_t bytes() const;

private:
    struct State;

    explicit Store(std::shared_ptr<State> state) : m_state(std::move(state)) {}

    std::shared_ptr<State> m_state; // threads that restore have a copy each
};

} // namespace envfix::remedy
