#include "remedy/manifest.hpp"

#include "base/sha256.hpp"
#include "fs/crc32c.hpp"
#include "remedy/work_area.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace envfix::remedy {

namespace {

constexpr std::string_view k_first_line = "envfix-backup 1";
constexpr std::size_t k_longest_manifest = 64UL << 20U;
constexpr std::size_t k_most_names = 200'000;

std::string escape(std::string_view text)
{
    constexpr std::string_view k_digits = "0123456789abcdef";
    std::string escaped;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 0x20 && byte < 0x7f && c != '%') {
            escaped.push_back(c);
        } else {
            escaped.push_back('%');
            escaped.push_back(k_digits[byte >> 4U]);
            escaped.push_back(k_digits[byte & 0xFU]);
        }
    }
    return escaped.empty() ? "%" : escaped;
}

std::optional<std::string> unescape(std::string_view text)
{
    if (text == "%") return std::string{};
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain.push_back(text[i]);
            continue;
        }
        unsigned value = 0;
        if (i + 3 > text.size()) return std::nullopt;
        const char* const end = text.data() + i + 3;
        if (std::from_chars(text.data() + i + 1, end, value, 16).ptr != end) return std::nullopt;
        plain.push_back(static_cast<char>(value));
        i += 2;
    }
    return plain;
}

std::string octal(std::uint32_t value)
{
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 8).ptr;
    return {digits.data(), end};
}

std::string side_text(const BackupEntry::Side& side)
{
    if (!side.exists) return "-";
    const char* type = "file";
    if (side.type == fs::FileType::link) type = "link";
    if (side.type == fs::FileType::directory) type = "folder";
    return std::string(type) + " " + side.sha256 + " " + std::to_string(side.size) + " " +
           octal(side.mode) + " " + std::to_string(side.mtime_ns);
}

/// One line, word by word. The first word that is not as it should be makes all of it bad.
class Words {
public:
    explicit Words(std::string_view line) : m_rest(line) {}

    std::string_view next()
    {
        if (m_rest.empty()) m_ok = false;
        const auto end = m_rest.find(' ');
        const auto word = m_rest.substr(0, end);
        m_rest = end == m_rest.npos ? std::string_view{} : m_rest.substr(end + 1);
        return word;
    }

    std::string path()
    {
        auto plain = unescape(next());
        if (!plain) m_ok = false;
        return plain.value_or(std::string{});
    }

    template <typename Number> Number number(int base = 10)
    {
        const auto word = next();
        Number value{};
        const auto end = word.data() + word.size();
        const auto read = std::from_chars(word.data(), end, value, base);
        if (read.ec != std::errc{} || read.ptr != end) m_ok = false;
        return value;
    }

    BackupEntry::Side side()
    {
        BackupEntry::Side side;
        const auto type = next();
        if (type == "-") return side;
        side.exists = true;
        if (type == "file") side.type = fs::FileType::regular;
        if (type == "link") side.type = fs::FileType::link;
        if (type == "folder") side.type = fs::FileType::directory;
        if (side.type == fs::FileType::unknown) m_ok = false;
        side.sha256 = next();
        side.size = number<std::uint64_t>();
        constexpr int k_octal = 8;
        side.mode = number<std::uint32_t>(k_octal);
        side.mtime_ns = number<std::int64_t>();
        return side;
    }

    [[nodiscard]] bool ok() const { return m_ok && m_rest.empty(); }

private:
    std::string_view m_rest;
    bool m_ok = true;
};

bool read_line(std::string_view line, Backup& backup)
{
    Words words(line);
    const auto kind = words.next();
    if (kind == "run") {
        backup.run = words.path();
    } else if (kind == "undoes") {
        backup.undoes = words.path();
    } else if (kind == "sequence") {
        backup.sequence = words.number<std::uint64_t>();
    } else if (kind == "made") {
        backup.made_s = words.number<std::int64_t>();
    } else if (kind == "bytes") {
        backup.bytes = words.number<std::uint64_t>();
    } else if (kind == "site") {
        backup.sites.push_back(words.path());
    } else if (kind == "made-folder") {
        backup.made_directories.push_back(words.path());
    } else if (kind == "removed-folder") {
        constexpr int k_octal = 8;
        const auto mode = words.number<std::uint32_t>(k_octal);
        backup.removed_directories[words.path()] = mode;
    } else if (kind == "path") {
        BackupEntry entry;
        entry.path = words.path();
        entry.old = words.side();
        entry.placed = words.side();
        if (!fs::is_plain_relative(entry.path)) return false;
        backup.entries.push_back(std::move(entry));
    } else {
        return false;
    }
    return words.ok();
}

/// Names, types, sizes and times below a folder. Bytecode is left out: Python writes it as it runs;
/// so is our own work area.
Result<std::string> folder_digest(const fs::WriteTree& root, const std::string& path)
{
    Sha256 digest;
    std::vector<std::string> left{path};
    for (std::size_t seen = 0; !left.empty();) {
        const auto folder = std::move(left.back());
        left.pop_back();
        ENVFIX_TRY(const auto entries, root.list(folder, k_most_names));
        for (const auto& entry : entries) {
            if (++seen > k_most_names)
                return fail(ErrorCode::too_large, path + " holds too many names");
            if (entry.name == "__pycache__" || entry.name == k_work_area) continue;
            const auto below = folder + "/" + entry.name;
            ENVFIX_TRY(const auto status, root.lstat(below));
            if (status.is_directory()) left.push_back(below);
            digest.add(below.substr(path.size()));
            const auto size = status.is_regular() ? status.size : 0;
            const auto time = status.is_regular() ? status.mtime_ns : 0;
            digest.add(std::string(1, '\0') + std::to_string(static_cast<int>(status.type)) + " " +
                       std::to_string(size) + " " + std::to_string(time) + "\n");
            if (status.is_link()) {
                ENVFIX_TRY(const auto target, root.read_link(below));
                digest.add(target + "\n");
            }
        }
    }
    return digest.finish();
}

} // namespace

std::string to_text(const Backup& backup)
{
    std::string text(k_first_line);
    text += "\nrun " + escape(backup.run) + "\nundoes " + escape(backup.undoes) + "\nsequence " +
            std::to_string(backup.sequence) + "\nmade " + std::to_string(backup.made_s) +
            "\nbytes " + std::to_string(backup.bytes) + "\n";
    for (const auto& site : backup.sites)
        text += "site " + escape(site) + "\n";
    for (const auto& folder : backup.made_directories)
        text += "made-folder " + escape(folder) + "\n";
    for (const auto& [folder, mode] : backup.removed_directories)
        text += "removed-folder " + octal(mode) + " " + escape(folder) + "\n";
    for (const auto& entry : backup.entries)
        text += "path " + escape(entry.path) + " " + side_text(entry.old) + " " +
                side_text(entry.placed) + "\n";
    return text + "end " + std::to_string(fs::crc32c(text)) + "\n";
}

Result<Backup> parse_manifest(std::string_view text)
{
    const auto damaged = [] {
        return fail(ErrorCode::malformed, "a backup's manifest is damaged");
    };
    const auto last = text.rfind("\nend ");
    if (last == text.npos) return damaged();
    const auto body = text.substr(0, last + 1);
    if (text.substr(last + 1) != "end " + std::to_string(fs::crc32c(body)) + "\n") return damaged();

    Backup backup;
    auto rest = body;
    for (bool first = true; !rest.empty(); first = false) {
        const auto end = rest.find('\n');
        const auto line = rest.substr(0, end);
        rest = rest.substr(end + 1);
        if (first ? line != k_first_line : !read_line(line, backup)) return damaged();
    }
    if (!is_run_id(backup.run)) return damaged();
    return backup;
}

std::string manifest_path(const std::string& run)
{
    return backup_path(run) + "/manifest";
}

Result<BackupEntry::Side> describe(const fs::WriteTree& root, const std::string& path)
{
    BackupEntry::Side side;
    const auto status = root.lstat(path);
    if (!status && status.error().code == ErrorCode::not_found) return side;
    if (!status) return fail(status.error());
    side.exists = true;
    side.type = status->type;
    side.mode = status->mode & 07777U;
    if (status->is_regular()) {
        side.size = status->size;
        side.mtime_ns = status->mtime_ns;
        ENVFIX_TRY(side.sha256, root.sha256(path));
    } else if (status->is_link()) {
        ENVFIX_TRY(const auto target, root.read_link(path));
        side.sha256 = sha256_hex(target);
    } else if (status->is_directory()) {
        ENVFIX_TRY(side.sha256, folder_digest(root, path));
    } else {
        side.sha256 = sha256_hex({});
    }
    return side;
}

Result<Backup> read_backup(const fs::WriteTree& root, const std::string& run)
{
    ENVFIX_TRY(const auto text, root.read(manifest_path(run), k_longest_manifest));
    ENVFIX_TRY(auto backup, parse_manifest(text));
    if (backup.run != run) return fail(ErrorCode::malformed, "a backup's manifest is of another run");
    backup.manifest_sha256 = sha256_hex(text);
    return backup;
}

std::vector<Backup> read_backups(const fs::WriteTree& root)
{
    std::vector<Backup> all;
    const auto runs = root.list(std::string(k_work_area) + "/backup");
    if (!runs) return all;
    for (const auto& run : *runs) {
        if (!is_run_id(run.name)) continue;
        if (auto backup = read_backup(root, run.name)) all.push_back(*std::move(backup));
    }
    std::sort(all.begin(), all.end(), [](const Backup& a, const Backup& b) {
        return a.sequence != b.sequence ? a.sequence < b.sequence : a.run < b.run;
    });
    return all;
}

} // namespace envfix::remedy
