#include "config_parser.hpp"

#include "formats/python_text.hpp"

#include <algorithm>
#include <optional>

namespace envfix::conformance {

namespace {

struct Option {
    std::string name;
    std::string value; // lines joined by \n
};

struct Section {
    std::string name;
    std::vector<Option> options;
};

template <typename Items> auto* find(Items& items, std::string_view name)
{
    const auto found =
        std::ranges::find_if(items, [&](const auto& item) { return item.name == name; });
    return found == items.end() ? nullptr : &*found;
}

/// `[name]` at the beginning of a line, with whatever behind it.
std::optional<std::string_view> section_name(std::string_view line)
{
    if (!line.starts_with('[')) return {};
    const auto end = line.find(']');
    if (end == std::string_view::npos || end == 1) return {};
    return line.substr(1, end - 1);
}

class Parser {
public:
    ConfigItems run(std::string_view text)
    {
        formats::Lines lines(text);
        std::string_view line;
        while (m_error.empty() && lines.next(line))
            take(line);
        if (m_error.empty() && m_has_bad_line) m_error = "ParsingError";
        ConfigItems out{.items = {}, .error = m_error};
        for (const auto& section : m_sections)
            list(section, out);
        if (!out.error.empty()) out.items.clear();
        return out;
    }

private:
    void take(std::string_view line)
    {
        const auto value = formats::strip(line);
        if (value.starts_with('#') || value.starts_with(';')) return;
        if (value.empty()) {
            if (Option* option = current()) option->value += '\n';
            return;
        }
        const auto indent = line.size() - formats::strip_left(line).size();
        if (Option* option = current(); option != nullptr && indent > m_indent) {
            option->value.append("\n").append(value);
            return;
        }
        m_indent = indent;
        if (const auto name = section_name(value))
            begin_section(*name);
        else if (!m_section)
            m_error = "MissingSectionHeaderError";
        else
            take_option(value);
    }

    void begin_section(std::string_view name)
    {
        m_option.reset();
        auto& sections = name == "DEFAULT" ? m_defaults : m_sections;
        if (find(sections, name) == nullptr)
            sections.push_back({std::string(name), {}});
        else if (name != "DEFAULT")
            m_error = "DuplicateSectionError";
        m_section = name;
    }

    void take_option(std::string_view line)
    {
        const auto equals = line.find('=');
        const auto name = formats::strip_right(line.substr(0, equals));
        if (equals == std::string_view::npos || name.empty()) m_has_bad_line = true;
        if (equals == std::string_view::npos) return;
        auto& options = section().options;
        if (find(options, name) != nullptr) {
            m_error = "DuplicateOptionError";
            return;
        }
        options.push_back(
            {std::string(name), std::string(formats::strip(line.substr(equals + 1)))});
        m_option = name;
    }

    Section& section()
    {
        return *find(*m_section == "DEFAULT" ? m_defaults : m_sections, *m_section);
    }

    Option* current() { return m_option ? find(section().options, *m_option) : nullptr; }

    /// The section's own options over the defaults, with `%` references resolved.
    void list(const Section& section, ConfigItems& out)
    {
        std::vector<Option> options =
            m_defaults.empty() ? std::vector<Option>{} : m_defaults[0].options;
        for (const auto& own : section.options) {
            if (Option* there = find(options, own.name))
                *there = own;
            else
                options.push_back(own);
        }
        for (auto& option : options)
            option.value = formats::strip_right(option.value);
        for (const auto& option : options) {
            if (!out.error.empty()) return;
            out.items.push_back(
                {section.name, option.name, resolve(option.value, options, out.error, 1)});
        }
    }

    static std::string resolve(std::string_view rest, const std::vector<Option>& options,
                               std::string& error, int depth)
    {
        if (depth > 10) error = "InterpolationDepthError";
        std::string out;
        while (error.empty() && !rest.empty()) {
            const auto percent = std::min(rest.find('%'), rest.size());
            out += rest.substr(0, percent);
            rest.remove_prefix(percent);
            if (rest.empty()) break;
            if (rest.starts_with("%%")) {
                out += '%';
                rest.remove_prefix(2);
                continue;
            }
            const auto end = rest.find(")s");
            if (!rest.starts_with("%(") || end == std::string_view::npos || end == 2) {
                error = "InterpolationSyntaxError";
                return out;
            }
            const Option* named = find(options, rest.substr(2, end - 2));
            if (named == nullptr) {
                error = "InterpolationMissingOptionError";
                return out;
            }
            out += resolve(named->value, options, error, depth + 1);
            rest.remove_prefix(end + 2);
        }
        return out;
    }

    std::vector<Section> m_sections;
    std::vector<Section> m_defaults; // one or none
    std::optional<std::string> m_section;
    std::optional<std::string> m_option;
    std::size_t m_indent = 0;
    bool m_has_bad_line = false;
    std::string m_error;
};

} // namespace

ConfigItems read_config(std::string_view text)
{
    return Parser().run(text);
}

} // namespace envfix::conformance
