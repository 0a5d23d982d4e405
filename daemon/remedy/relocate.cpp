#include "remedy/relocate.hpp"

#include "fs/fault.hpp"
#include "fs/file.hpp"
#include "remedy/rename_list.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

namespace envfix::remedy {

namespace {

/// Larger files than this are only looked through.
constexpr std::size_t k_rewritten_cap = std::size_t{16} * 1024 * 1024;
constexpr std::size_t k_window = std::size_t{1024} * 1024;
constexpr std::size_t k_most_names = 2'000'000;
constexpr std::string_view k_dist_info = ".dist-info";

/// Whether a file, relative to the venv, may name the place where the venv lies.
bool may_name_place(std::string_view path)
{
    if (path == "pyvenv.cfg") return true;
    if (path.starts_with("bin/")) return true;
    const auto folder = path.substr(0, path.rfind('/'));
    return folder.ends_with(k_dist_info);
}

/// Whether a file holds these bytes, in windows of bounded size.
Result<bool> holds(const fs::WriteTree& root, const std::string& path, const fs::Status& status,
                   std::string_view piece)
{
    ENVFIX_TRY(auto fd, root.open_file(path));
    const fs::File file(std::move(fd), status, root.path() + "/" + path);
    std::string window;
    for (std::uint64_t offset = 0;;) {
        ENVFIX_TRY(const auto bytes, file.read_at(offset, k_window));
        if (bytes.empty()) return false;
        offset += bytes.size();
        window += bytes;
        if (window.find(piece) != std::string::npos) return true;
        // What may be the beginning of one that goes on in the next window.
        window.erase(0, window.size() - std::min(window.size(), piece.size() - 1));
    }
}

Result<void> rewrite(const fs::WriteTree& root, const std::string& path, const fs::Status& status,
                     std::string_view bytes)
{
    ENVFIX_FAULT_POINT("recreate.rewrite");
    ENVFIX_CHECK(root.remove_file(path));
    return root.write_file(path, bytes, status.mode & 07777U);
}

std::string quoted(const std::string& field)
{
    if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
    std::string out = "\"";
    for (const char c : field) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + '"';
}

struct Found {
    std::string path; ///< relative to the root
    fs::Status status;
};

/// Every file and link below a folder.
Result<std::vector<Found>> walk(const fs::WriteTree& root, const std::string& folder)
{
    std::vector<Found> all;
    std::vector<std::string> open{folder};
    while (!open.empty()) {
        const auto current = std::move(open.back());
        open.pop_back();
        ENVFIX_TRY(const auto names, root.list(current));
        for (const auto& entry : names) {
            auto path = current + "/" + entry.name;
            ENVFIX_TRY(const auto status, root.lstat(path));
            if (status.is_directory()) {
                open.push_back(std::move(path));
            } else {
                all.push_back({.path = std::move(path), .status = status});
            }
            if (all.size() + open.size() > k_most_names)
                return fail(ErrorCode::too_large, folder + " holds too many names");
        }
    }
    return all;
}

std::vector<std::string> record_folders(const fs::WriteTree& root, const std::string& venv)
{
    std::vector<std::string> found;
    const auto libraries = root.list(venv + "/lib");
    for (const auto& library : libraries ? *libraries : std::vector<fs::Entry>{}) {
        const auto site = venv + "/lib/" + library.name + "/site-packages";
        const auto names = root.list(site);
        for (const auto& entry : names ? *names : std::vector<fs::Entry>{}) {
            if (entry.name.ends_with(k_dist_info)) found.push_back(site + "/" + entry.name);
        }
    }
    return found;
}

} // namespace

std::string without_piece(std::string_view text, std::string_view piece, std::size_t& count)
{
    std::string out;
    count = 0;
    while (true) {
        const auto at = text.find(piece);
        out += text.substr(0, at);
        if (at == std::string_view::npos) return out;
        ++count;
        text.remove_prefix(at + piece.size());
    }
}

std::string to_text(const std::vector<formats::RecordEntry>& entries)
{
    std::string text;
    for (const auto& entry : entries) {
        text += quoted(entry.path) + ",";
        if (!entry.algorithm.empty()) text += entry.algorithm + "=" + entry.digest;
        text += "," + (entry.size && *entry.size >= 0 ? std::to_string(*entry.size) : "") + "\n";
    }
    return text;
}

std::string record_digest(const std::string& sha256)
{
    constexpr std::string_view k_alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const auto value = [](char c) -> std::uint32_t {
        return static_cast<std::uint32_t>(c <= '9' ? c - '0' : c - 'a' + 10);
    };
    std::string out;
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : sha256) {
        bits = (bits << 4U) | value(c);
        held += 4;
        while (held >= 6) {
            held -= 6;
            out += k_alphabet[(bits >> static_cast<unsigned>(held)) & 63U];
        }
        bits &= (1U << static_cast<unsigned>(held)) - 1U;
    }
    if (held > 0) out += k_alphabet[(bits << static_cast<unsigned>(6 - held)) & 63U];
    return out;
}

Result<std::vector<std::string>> relocate(const fs::WriteTree& root, const std::string& venv,
                                          const std::string& piece)
{
    std::vector<std::string> changed;
    ENVFIX_TRY(const auto all, walk(root, venv));
    for (const auto& [path, status] : all) {
        auto inside = path.substr(venv.size() + 1);
        std::size_t count = 0;
        if (status.is_link()) {
            ENVFIX_TRY(const auto target, root.read_link(path));
            const auto final_target = without_piece(target, piece, count);
            if (count == 0) continue;
            ENVFIX_CHECK(root.remove_file(path));
            ENVFIX_CHECK(root.make_link(path, final_target));
            continue;
        }
        if (!status.is_regular()) continue;
        ENVFIX_TRY(const bool found, holds(root, path, status, piece));
        if (!found) continue;
        if (!may_name_place(inside) || status.size > k_rewritten_cap)
            return fail(ErrorCode::not_supported,
                        inside + " holds the path where it was built and cannot be moved");
        ENVFIX_TRY(const auto text, root.read(path, k_rewritten_cap));
        if (text.find('\0') != std::string::npos)
            return fail(ErrorCode::not_supported,
                        inside + " is no text, holds the path where it was built and cannot be moved");
        ENVFIX_CHECK(rewrite(root, path, status, without_piece(text, piece, count)));
        changed.push_back(std::move(inside));
    }
    ENVFIX_CHECK(renew_records(root, venv, changed));
    return changed;
}

Result<void> renew_records(const fs::WriteTree& root, const std::string& venv,
                           const std::vector<std::string>& changed)
{
    if (changed.empty()) return {};
    const std::set<std::string> wanted(changed.begin(), changed.end());
    const auto absolute = root.path() + "/" + venv;
    for (const auto& folder : record_folders(root, venv)) {
        const auto path = folder + "/RECORD";
        const auto text = root.read(path, k_rewritten_cap);
        if (!text && text.error().code == ErrorCode::not_found) continue;
        if (!text) return fail(text.error());
        auto record = formats::parse_record(*text);
        const auto site = fs::parent_of(folder).substr(venv.size() + 1);
        bool renewed = false;
        for (auto& entry : record.entries) {
            const auto inside = record_path(site, entry.path, absolute);
            if (!inside || !wanted.contains(*inside) || entry.algorithm.empty()) continue;
            ENVFIX_TRY(const auto status, root.lstat(venv + "/" + *inside));
            ENVFIX_TRY(const auto hash, root.sha256(venv + "/" + *inside));
            entry.algorithm = "sha256";
            entry.digest = record_digest(hash);
            entry.size = static_cast<std::int64_t>(status.size);
            renewed = true;
        }
        if (!renewed) continue;
        ENVFIX_FAULT_POINT("recreate.record");
        ENVFIX_TRY(const auto status, root.lstat(path));
        ENVFIX_CHECK(rewrite(root, path, status, to_text(record.entries)));
    }
    return {};
}

Result<std::vector<std::string>> scripts_without_python(const fs::WriteTree& root,
                                                        const std::string& venv,
                                                        const std::string& final_path)
{
    std::vector<std::string> stranded;
    const auto prefix = final_path + "/bin/";
    ENVFIX_TRY(const auto names, root.list(venv + "/bin"));
    for (const auto& entry : names) {
        if (entry.type != fs::FileType::regular) continue;
        const auto text = root.read(venv + "/bin/" + entry.name, k_rewritten_cap);
        if (!text || !text->starts_with("#!")) continue;
        const auto head = std::string_view(*text).substr(0, text->find('\n', text->find('\n') + 1));
        const auto at = head.find(prefix);
        if (at == std::string_view::npos) continue;
        const auto rest = head.substr(at + prefix.size());
        const auto program = std::string(rest.substr(0, rest.find_first_of(" \t\r\n'\"")));
        if (!root.exists(venv + "/bin/" + program))
            stranded.push_back("bin/" + entry.name + " (" + prefix + program + ")");
    }
    return stranded;
}

} // namespace envfix::remedy
