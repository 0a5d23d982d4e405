#include "capture/verify.hpp"

#include "base/sha256.hpp"
#include "capture/binary.hpp"
#include "capture/debian.hpp"
#include "capture/distributions.hpp"
#include "formats/record.hpp"
#include "formats/source_fault.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace envfix::capture {

namespace {

constexpr std::size_t k_record_cap = 16UL * 1024 * 1024;
constexpr std::size_t k_most_damaged = 1000;
constexpr std::size_t k_source_cap = 4096UL * 1024;
/// So many sources of other sizes are read: a package that is edited as a whole has them by the hundred.
constexpr int k_most_sources = 100;
constexpr std::size_t k_chunk = 256UL * 1024;
constexpr std::uint64_t k_largest_hashed = 1024UL * 1024 * 1024;

bool counts(const formats::RecordEntry& entry)
{
    const std::string_view path = entry.path;
    return !path.ends_with(".pyc") && !path.starts_with('/') && !path.empty() &&
           path.find("__pycache__/") == std::string_view::npos && path.find(".envfix/") == std::string_view::npos;
}

/// `..` is for scripts (`../../../bin/x`): resolved as text, since the folders are real ones in an install.
std::string joined(const std::string& location, std::string_view relative)
{
    std::string path = location;
    while (relative.starts_with("../")) {
        relative.remove_prefix(3);
        path.resize(std::min(path.size(), path.rfind('/')));
    }
    path += '/';
    path += relative;
    return path;
}

bool is_compiled(std::string_view path)
{
    return path.ends_with(".so") || path.find(".so.") != std::string_view::npos;
}

Result<std::string> hash_of(const fs::File& file)
{
    Sha256 hash;
    for (std::uint64_t offset = 0;;) {
        ENVFIX_TRY(const auto chunk, file.read_at(offset, k_chunk));
        if (chunk.empty()) break;
        hash.add(chunk);
        offset += chunk.size();
        if (offset > k_largest_hashed) return fail(ErrorCode::too_large, file.path());
    }
    return hash.finish();
}

/// What keeps the loader from a compiled file of another size than the installed one; empty: nothing, as where it was stripped.
std::string fault_in_binary(const fs::Tree& tree, const std::string& path)
{
    const auto binary = read_binary(tree, path);
    if (binary.format == model::BinaryFile::Format::empty) return "empty";
    if (binary.format == model::BinaryFile::Format::other) return "no shared library";
    const bool cut = binary.format == model::BinaryFile::Format::truncated || binary.least_size > binary.size;
    return cut ? "cut off" : "";
}

bool is_debians(const fs::Tree& tree, const model::Distribution& distribution, const Recall& recall)
{
    return distribution.location.ends_with(k_debian_packages) || installer_of(tree, distribution, recall) == "debian";
}

class Verifier {
public:
    Verifier(const fs::Tree& tree, const model::Distribution& distribution, HashCache& hashes, std::int64_t now_ns,
             const Recall& recall)
        : m_tree(tree), m_distribution(distribution), m_hashes(hashes), m_now_ns(now_ns), m_recall(recall)
    {
    }

    void compare(const fs::Directory& location, const formats::RecordEntry& entry)
    {
        const bool below = !entry.path.starts_with("../");
        const auto path = [&] { return joined(m_distribution.location, entry.path); };
        const auto status = below ? location.stat(entry.path) : m_tree.stat(path());
        if (!status) {
            if (status.error().code == ErrorCode::not_found) add(path(), model::Damage::missing, "", "");
            return; // what cannot be looked at is no damage
        }
        if (!status->is_regular()) {
            add(path(), model::Damage::not_regular, "a regular file", "something else");
            return;
        }
        // Debian strips compiled files after RECORD was written, and does not write it anew.
        const bool compiled = is_compiled(entry.path);
        if (compiled && is_debians(m_tree, m_distribution, m_recall)) return;
        if (entry.size && std::cmp_not_equal(*entry.size, status->size)) {
            auto actual = std::to_string(status->size);
            if (entry.path.ends_with(".py") && status->size > 0 && m_sources++ < k_most_sources) {
                if (auto fault = fault_in_source(m_tree, path(), m_recall); fault && !fault->empty()) actual = *std::move(fault);
            }
            if (const auto fault = compiled ? fault_in_binary(m_tree, path()) : std::string{}; !fault.empty()) {
                actual += "; " + fault;
            }
            add(path(), model::Damage::size_differs, std::to_string(*entry.size), std::move(actual));
            return;
        }
        if (compiled) compare_hash(entry, path(), *status);
    }

    std::vector<model::DamagedFile> take() { return std::move(m_damaged); }

    [[nodiscard]] bool is_full() const { return m_damaged.size() >= k_most_damaged; }

private:
    void add(const std::string& path, model::Damage damage, std::string expected, std::string actual)
    {
        m_damaged.push_back({path, m_distribution.normalized, damage, std::move(expected), std::move(actual)});
    }

    void compare_hash(const formats::RecordEntry& entry, const std::string& path, const fs::Status& status)
    {
        if (entry.algorithm != "sha256") return;
        const auto expected = formats::hex_digest(entry);
        if (!expected) return;
        auto actual = m_hashes.find(status);
        if (!actual) {
            const auto file = m_tree.open_file(path);
            if (!file) return;
            const auto hash = hash_of(*file);
            if (!hash) return;
            m_hashes.keep(file->status(), *hash, m_now_ns);
            actual = *hash;
        }
        if (*actual != *expected) add(path, model::Damage::hash_differs, *expected, *actual);
    }

    const fs::Tree& m_tree;
    const model::Distribution& m_distribution;
    HashCache& m_hashes;
    std::int64_t m_now_ns;
    const Recall& m_recall;
    int m_sources = 0;
    std::vector<model::DamagedFile> m_damaged;
};

using Entries = std::shared_ptr<const std::vector<formats::RecordEntry>>;

/// The entries that count, without digests that nobody compares: most files of a package are neither compiled nor few.
Entries entries_that_count(const std::string& text)
{
    auto entries = formats::parse_record(text).entries;
    std::erase_if(entries, [](const formats::RecordEntry& entry) { return !counts(entry); });
    for (auto& entry : entries) {
        if (!is_compiled(entry.path)) entry.digest = {};
    }
    return std::make_shared<const std::vector<formats::RecordEntry>>(std::move(entries));
}

/// Null: there is none, or it cannot be read.
Entries read_entries(const fs::Directory& location, const std::string& name, const Recall& recall)
{
    if (recall.remembers()) {
        const auto status = location.stat(name);
        if (const auto* known = status ? recall.find(&Memory::records, *status) : nullptr) return *known;
    }
    const auto file = location.open_file(name);
    if (!file) return nullptr;
    const auto text = file->read_all(k_record_cap);
    if (!text) return nullptr;
    auto entries = entries_that_count(*text);
    recall.keep(&Memory::records, file->status(), entries, entries->size() + 1);
    return entries;
}

} // namespace

Result<std::string> fault_in_source(const fs::Tree& tree, const std::string& path, const Recall& recall)
{
    if (recall.remembers()) {
        const auto status = tree.stat(path);
        if (const auto* known = status ? recall.find(&Memory::faults, *status) : nullptr) return *known;
    }
    ENVFIX_TRY(const auto file, tree.open_file(path));
    ENVFIX_TRY(const auto text, file.read_all(k_source_cap));
    std::string told;
    if (const auto fault = formats::fault_of_source(text)) {
        told = std::to_string(text.size()) + "; " + fault->what + (fault->line == 0 ? "" : " in line " + std::to_string(fault->line));
    }
    recall.keep(&Memory::faults, file.status(), told);
    return told;
}

std::vector<model::DamagedFile> verify_record(const fs::Tree& tree, const FolderViews& folders,
                                              const model::Distribution& distribution, HashCache& hashes,
                                              std::int64_t now_ns)
{
    const auto* view = distribution.has_record ? folders.at(distribution.location) : nullptr;
    if (view == nullptr) return {};
    const auto& location = view->directory();
    const auto folder = distribution.metadata_path.substr(distribution.location.size() + 1);
    const auto entries = read_entries(location, folder + "/RECORD", folders.recall());
    if (!entries) return {};
    Verifier verifier(tree, distribution, hashes, now_ns, folders.recall());
    for (const auto& entry : *entries) {
        verifier.compare(location, entry);
        if (verifier.is_full()) break;
    }
    return verifier.take();
}

} // namespace envfix::capture
