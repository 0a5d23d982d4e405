#include "distribution.hpp"

#include "config_parser.hpp"
#include "formats/egg_info.hpp"
#include "formats/entry_points.hpp"
#include "formats/installed.hpp"
#include "formats/metadata.hpp"
#include "formats/python_text.hpp"
#include "formats/record.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace envfix::conformance {

using nlohmann::json;

namespace {

std::string decode_base64(std::string text)
{
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    return formats::decode_urlsafe_base64(text).value();
}

/// "a//b/../c" to {"a", "b", "..", "c"}.
std::vector<std::string_view> components(std::string_view path)
{
    std::vector<std::string_view> out;
    while (!path.empty()) {
        const auto slash = std::min(path.find('/'), path.size());
        if (slash > 0 && path.substr(0, slash) != ".") out.push_back(path.substr(0, slash));
        path.remove_prefix(std::min(slash + 1, path.size()));
    }
    return out;
}

std::string join(const std::vector<std::string_view>& parts)
{
    std::string out;
    for (const auto part : parts)
        out.append(out.empty() ? "" : "/").append(part);
    return out;
}

/// str(PurePosixPath(path))
std::string pure_path(std::string_view path)
{
    const std::string root = path.starts_with("//") && !path.starts_with("///") ? "//" : "/";
    const auto rest = join(components(path));
    if (path.starts_with('/')) return root + rest;
    return rest.empty() ? "." : rest;
}

/// textwrap.dedent
std::string dedent(std::string_view text, bool is_blank_unicode)
{
    const auto is_blank = [&](std::string_view line) {
        return is_blank_unicode ? formats::strip(line).empty()
                                : line.find_first_not_of(" \t") == std::string_view::npos;
    };
    std::vector<std::string_view> lines;
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    std::optional<std::string_view> margin;
    for (auto& line : lines) {
        if (is_blank(line)) line = {};
        if (line.empty()) continue;
        const auto indent = line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
        if (!margin) margin = indent;
        const auto end = std::ranges::mismatch(*margin, indent).in1;
        margin = margin->substr(0, static_cast<std::size_t>(end - margin->begin()));
    }
    std::string out;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (i > 0) out += '\n';
        if (!lines[i].empty()) out += lines[i].substr(margin->size());
    }
    return out;
}

/// A field as the interpreter gives it: 3.8 and 3.9 leave folded ones alone, later ones redent.
std::string redent(std::string value, PythonVersion version)
{
    const std::string indent(8, ' ');
    // bpo-issue 124452: from 3.14 on (and late 3.12 and 3.13) the first line may be empty.
    if (!version.is_before(14))
        value.erase(0, std::min(value.find_first_not_of(" \t\n"), value.size()));
    if (version.is_before(10)) return value;
    const auto folded = version.is_before(15) ? "\n" : '\n' + indent;
    if (value.find(folded) == std::string::npos) return value;
    return dedent(indent + value, !version.is_before(14));
}

std::string quoted_lines(const std::vector<std::string>& lines)
{
    std::string out;
    for (const auto& line : lines)
        out += '"' + line + "\"\n";
    return out;
}

std::vector<std::string> split_lines(std::string_view text)
{
    std::vector<std::string> out;
    formats::Lines lines(text, formats::LineEnds::unicode);
    std::string_view line;
    while (lines.next(line))
        out.emplace_back(line);
    return out;
}

/// requires.txt in 3.8 and 3.9: lines are not trimmed, and of repeated sections the last counts,
/// in the place of the first.
std::vector<std::string> old_egg_requirements(std::string_view text, bool space_after_url)
{
    struct Section {
        std::string name;
        std::vector<std::string> lines;
    };

    std::vector<Section> sections;
    std::string name = "\n"; // before the first header: a name that no header can give
    std::optional<std::string> last;
    for (const auto& line : split_lines(text)) {
        if (line.empty()) continue;
        if (line.starts_with('[') && line.ends_with(']') && line.size() > 1) {
            name = line.substr(1, line.size() - 2);
            continue;
        }
        auto found = std::ranges::find(sections, name, &Section::name);
        if (found == sections.end()) found = sections.insert(sections.end(), {name, {}});
        if (last != name) found->lines.clear();
        last = name;
        found->lines.push_back(line);
    }
    std::vector<std::string> out;
    for (const auto& section : sections) {
        for (const auto& line : section.lines) {
            const auto known = section.name == "\n" ? "" : section.name;
            auto text_of_line = formats::as_requirement({known, line});
            if (!space_after_url && line.find('@') != std::string::npos)
                text_of_line.erase(line.size(), 1);
            out.push_back(text_of_line);
        }
    }
    return out;
}

} // namespace

Tree::Tree(const json& files)
{
    for (const auto& file : files) {
        const std::string path = file.at("path");
        for (auto slash = path.find('/'); slash != std::string::npos;
             slash = path.find('/', slash + 1))
            m_nodes.try_emplace(path.substr(0, slash));
        if (path.ends_with('/')) continue;
        m_nodes[path] = file.contains("base64") ? decode_base64(file.at("base64"))
                                                : file.at("content").get<std::string>();
    }
}

std::vector<std::string> Tree::names_in(const std::string& folder) const
{
    std::vector<std::string> out;
    for (const auto& [path, content] : m_nodes) {
        const auto slash = path.rfind('/');
        if (slash != std::string::npos && path.substr(0, slash) == folder)
            out.push_back(path.substr(slash + 1));
    }
    return out;
}

std::optional<std::string> Tree::read(const std::string& path) const
{
    const auto found = m_nodes.find(path);
    return found == m_nodes.end() ? std::nullopt : found->second;
}

bool Tree::exists(std::string_view path) const
{
    if (path.starts_with('/')) return components(path).empty(); // of the real root nothing is known
    std::vector<std::string_view> here;
    for (const auto part : components(path)) {
        if (part != "..") {
            here.push_back(part);
            if (!m_nodes.contains(join(here))) return false;
        } else if (here.empty()) {
            return false; // above the root
        } else {
            if (m_nodes.at(join(here))) return false; // a file
            here.pop_back();
        }
    }
    return true;
}

Distribution::Distribution(const Tree& tree, std::string path, PythonVersion version)
    : m_tree(&tree), m_path(std::move(path)), m_parent(m_path.substr(0, m_path.rfind('/'))),
      m_version(version)
{
    const auto reader = [this](std::string_view file) { return read(file); };
    auto text = formats::read_core_metadata(reader);
    if (!text) text = read(""); // an empty .egg-info file is there all the same
    if (!text) {
        if (!version.is_before(15)) m_error = "!MetadataNotFound";
        return;
    }
    if (!formats::is_utf8(*text)) {
        m_error = "!UnicodeDecodeError";
        return;
    }
    auto metadata = formats::parse_metadata(*text);
    for (auto& [name, value] : metadata.headers)
        m_headers.emplace_back(std::move(name), redent(std::move(value), version));
    m_payload = std::move(metadata.body);
    if (version.is_before(10) || m_payload.empty()) return;
    m_headers.emplace_back("Description", m_payload);
    if (!version.is_before(15)) m_payload.clear();
}

std::optional<std::string> Distribution::read(std::string_view file) const
{
    return m_tree->read(file.empty() ? m_path : m_path + '/' + std::string(file));
}

json Distribution::field(std::string_view name) const
{
    if (!m_error.empty()) return m_error;
    for (const auto& [key, value] : m_headers)
        if (formats::equal_ignoring_case(key, name)) return value;
    return m_version.is_before(15) ? json(nullptr) : json("!KeyError");
}

json Distribution::headers() const
{
    if (!m_error.empty()) return m_error;
    auto out = json::array();
    for (const auto& [name, value] : m_headers)
        out.push_back({name, value});
    return out;
}

json Distribution::payload() const
{
    return m_error.empty() ? m_payload : m_error;
}

json Distribution::text(const std::string& file) const
{
    const auto bytes = read(file);
    if (!bytes) return nullptr;
    if (!formats::is_utf8(*bytes)) return "!UnicodeDecodeError";
    std::string out; // as text: every line end becomes \n
    for (std::size_t i = 0; i < bytes->size(); ++i) {
        const bool is_pair =
            (*bytes)[i] == '\r' && i + 1 < bytes->size() && (*bytes)[i + 1] == '\n';
        if (!is_pair) out += (*bytes)[i] == '\r' ? '\n' : (*bytes)[i];
    }
    return out;
}

json Distribution::requirements() const
{
    if (!m_error.empty()) return m_error;
    auto out = json::array();
    for (const auto& [name, value] : m_headers)
        if (formats::equal_ignoring_case(name, "Requires-Dist")) out.push_back(value);
    if (!out.empty()) return out;

    const auto source = text("requires.txt");
    if (source.is_null() || source.get_ref<const std::string&>().starts_with('!')) return source;
    const std::string& lines = source.get_ref<const std::string&>();
    if (m_version.is_before(9) && lines.empty()) return lines;
    if (m_version.is_before(10)) return old_egg_requirements(lines, !m_version.is_before(9));
    for (const auto& requirement : formats::parse_egg_requires(lines))
        out.push_back(formats::as_requirement(requirement));
    return out;
}

json Distribution::files_of_record(std::string_view csv) const
{
    const bool is_nul_refused = m_version.is_before(11);
    if (is_nul_refused && csv.find('\0') != std::string_view::npos) return "!Error";
    const auto record = formats::parse_record(csv);
    if (!record.problems.empty()) {
        switch (record.problems.front().fault) {
        case formats::RecordFault::blank_row:
        case formats::RecordFault::extra_columns: return "!TypeError";
        case formats::RecordFault::bad_size: return "!ValueError";
        case formats::RecordFault::long_field: return "!Error";
        }
    }
    auto out = json::array();
    for (const auto& entry : record.entries) {
        const auto path = pure_path(entry.path);
        const auto place = path.starts_with('/') ? path : m_parent + '/' + path;
        if (!m_version.is_before(12) && !m_tree->exists(place)) continue;
        const bool has_hash = !entry.algorithm.empty() || !entry.digest.empty();
        out.push_back({path, has_hash ? json(entry.algorithm + '=' + entry.digest) : json(nullptr),
                       entry.size ? json(*entry.size) : json(nullptr)});
    }
    return out;
}

json Distribution::installed_files(std::string_view text) const
{
    std::vector<std::string> paths;
    const auto parent = components(m_parent);
    for (const auto& line : split_lines(text)) {
        if (line.find('\0') != std::string::npos) return "!ValueError"; // Path.resolve
        if (line.starts_with('/')) {                                    // outside, and not there
            if (m_version.is_before(13)) return "!ValueError";
            continue;
        }
        std::vector<std::string_view> parts; // relative to the root of the tree
        const auto whole = m_path + '/' + line;
        for (const auto part : components(whole)) {
            if (part != "..")
                parts.push_back(part);
            else if (!parts.empty())
                parts.pop_back();
        }
        const auto differs = std::ranges::mismatch(parent, parts);
        const auto above = static_cast<std::size_t>(parent.end() - differs.in1);
        if (above > 0 && m_version.is_before(13)) return "!ValueError"; // Path.relative_to
        std::vector<std::string_view> relative(above, "..");
        relative.insert(relative.end(), differs.in2, parts.end());
        paths.push_back(relative.empty() ? "." : join(relative));
    }
    return files_of_record(quoted_lines(paths));
}

json Distribution::files() const
{
    const auto record = text("RECORD");
    if (record == "!UnicodeDecodeError") return record;
    if (record.is_string() && record != "") return files_of_record(record.get<std::string>());
    if (!m_version.is_before(12)) {
        const auto installed = text("installed-files.txt");
        if (installed == "!UnicodeDecodeError") return installed;
        if (installed.is_string() && installed != "")
            return installed_files(installed.get<std::string>());
    }
    const auto sources = text("SOURCES.txt");
    if (sources.is_null() || sources == "!UnicodeDecodeError") return sources;
    if (m_version.is_before(11) && sources == "") return sources;
    return files_of_record(quoted_lines(split_lines(sources.get<std::string>())));
}

json Distribution::entry_points() const
{
    const auto source = text("entry_points.txt");
    if (source == "!UnicodeDecodeError") return source;
    const auto content = source.is_null() ? std::string{} : source.get<std::string>();
    auto out = json::array();
    if (m_version.is_before(10)) {
        const auto config = read_config(content);
        if (!config.error.empty()) return '!' + config.error;
        for (const auto& [section, name, value] : config.items)
            out.push_back({section, name, value});
    } else {
        const auto parsed = formats::parse_entry_points(content);
        if (!parsed.malformed.empty()) return "!TypeError";
        for (const auto& [group, name, value] : parsed.entries)
            out.push_back({group, name, value});
    }
    std::sort(out.begin(), out.end());
    return out;
}

} // namespace envfix::conformance
