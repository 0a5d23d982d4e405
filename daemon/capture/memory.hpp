#pragma once

#include "capture/known_files.hpp"
#include "formats/metadata.hpp"
#include "formats/record.hpp"
#include "fs/tree.hpp"
#include "model/snapshot.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace envfix::capture {

/// A version that was looked for in a compiled file, and the one that the file states.
struct StatedVersion {
    std::string expected;
    std::string stated;
};

/// What a process that captures again and again remembers: a change in one folder must not have all others read anew. Holds
/// some megabytes at most. Only for one Tree, and for one reader.
struct Memory {
    KnownFiles<formats::CoreMetadata> metadata{4096};
    KnownFiles<std::shared_ptr<const std::vector<formats::RecordEntry>>> records{16'384}; ///< as verify_record keeps them
    KnownFiles<model::BinaryFile> binaries{2048};                                        ///< without path and suffix
    KnownFiles<StatedVersion> versions{2048};
    KnownFiles<std::string> faults{4096}; ///< of Python sources, as fault_in_source tells them
    KnownFiles<std::string> notes{4096};  ///< short files beside METADATA
    KnownFiles<std::shared_ptr<const std::vector<fs::Entry>>> listings{32'768};
};

class Recall;

/// All of the file as Tree::read gives it, remembered as one of Memory::notes.
Result<std::string> read_note(const fs::Tree& tree, const std::string& path, std::size_t cap, const Recall& recall);

/// The memory as one capture may use it: for files on file systems whose times can be trusted, and never for what has only
/// just changed. Made without a memory it remembers nothing.
class Recall {
public:
    Recall() = default;
    /// `now_ns`: wall clock, before anything is read.
    Recall(Memory* memory, std::int64_t now_ns) : m_memory(memory), m_now_ns(now_ns) {}

    /// Whether asking for a status before reading can save the reading.
    [[nodiscard]] bool remembers() const { return m_memory != nullptr; }

    /// From now on for the files of this folder's file system, too, if that can be.
    void trust(const fs::Directory& folder);

    /// What was read from the file when it was as it is now; null: read it. Valid until the next keep().
    template <typename Value> const Value* find(KnownFiles<Value> Memory::*known, const fs::Status& status) const
    {
        return is_trusted(status) ? (m_memory->*known).find(FileMark::of(status)) : nullptr;
    }

    /// `status` is that of the open file, asked for before it was read.
    template <typename Value>
    void keep(KnownFiles<Value> Memory::*known, const fs::Status& status, const Value& value, std::size_t cost = 1) const
    {
        const auto mark = FileMark::of(status);
        if (is_trusted(status) && !mark.is_recent(m_now_ns)) (m_memory->*known).keep(mark, value, cost);
    }

private:
    [[nodiscard]] bool is_trusted(const fs::Status& status) const;

    Memory* m_memory = nullptr;
    std::int64_t m_now_ns = 0;
    std::vector<std::uint64_t> m_devices; ///< asked for anew by each capture: after an unmount a number gets another meaning
};

} // namespace envfix::capture
