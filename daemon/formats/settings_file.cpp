#include "formats/settings_file.hpp"

#include "formats/python_text.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace envfix::formats {

namespace {

constexpr std::size_t k_most_settings = 1000;

bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

std::string_view without_blanks(std::string_view text)
{
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    return text;
}

std::string_view take_name(std::string_view& text)
{
    const auto end = std::ranges::find_if_not(text, is_name_char) - text.begin();
    const auto name = text.substr(0, static_cast<std::size_t>(end));
    text.remove_prefix(name.size());
    return name;
}

/// One value, quotes and variables resolved. Leaves the text behind it.
class Value {
public:
    Value(std::string_view& text, SettingsForm form, const Variables& known)
        : m_text(text), m_form(form), m_known(known)
    {
    }

    /// Nothing where a quote is not closed: then the value goes on in the next line, or is no
    /// value.
    std::optional<std::string> read()
    {
        while (!m_text.empty()) {
            const char c = m_text.front();
            if (ends_here(c)) break;
            m_text.remove_prefix(1);
            if (c == '\'') {
                if (!single_quoted()) return std::nullopt;
            } else if (c == '"') {
                if (!double_quoted()) return std::nullopt;
            } else if (c == '~' && m_form == SettingsForm::shell && begins_part()) {
                m_out += m_text.empty() || m_text.front() == '/' || m_text.front() == ':'
                             ? known("HOME")
                             : "~";
            } else {
                plain(c);
            }
        }
        if (m_form != SettingsForm::shell) m_out = std::string(strip_right(m_out));
        return std::move(m_out);
    }

private:
    [[nodiscard]] bool is_shell() const { return m_form == SettingsForm::shell; }

    [[nodiscard]] bool ends_here(char c) const
    {
        if (is_shell()) return is_blank(c) || c == ';' || c == '&' || c == '|' || c == '#';
        const bool behind_blank = m_out.empty() || is_blank(m_out.back());
        return c == '#' && behind_blank && m_form == SettingsForm::dotenv;
    }

    [[nodiscard]] bool begins_part() const { return m_out.empty() || m_out.back() == ':'; }

    [[nodiscard]] std::string known(std::string_view name) const
    {
        const auto found = m_known.find(name);
        return found == m_known.end() ? std::string(1, k_unknown) : found->second;
    }

    void plain(char c)
    {
        if (c == '$') {
            expand();
        } else if (c == '`') {
            skip_to('`');
        } else if (c == '\\' && m_form != SettingsForm::dotenv && !m_text.empty()) {
            m_out += m_text.front();
            m_text.remove_prefix(1);
        } else {
            m_out += c;
        }
    }

    bool single_quoted()
    {
        const auto end = m_text.find('\'');
        if (end == m_text.npos) return false;
        m_out += m_text.substr(0, end);
        m_text.remove_prefix(end + 1);
        return true;
    }

    bool double_quoted()
    {
        while (!m_text.empty()) {
            const char c = m_text.front();
            m_text.remove_prefix(1);
            if (c == '"') return true;
            if (c == '\\' && !m_text.empty()) {
                m_out += m_text.front();
                m_text.remove_prefix(1);
            } else {
                plain(c);
            }
        }
        return false;
    }

    void skip_to(char end)
    {
        const auto at = m_text.find(end);
        m_text.remove_prefix(at == m_text.npos ? m_text.size() : at + 1);
        m_out += k_unknown;
    }

    /// What follows a `$`.
    void expand()
    {
        if (m_text.starts_with("(pwd)")) {
            m_text.remove_prefix(5);
            m_out += known("PWD");
            return;
        }
        if (m_text.starts_with('(')) return skip_to(')');
        const bool braced = m_text.starts_with('{');
        if (braced) m_text.remove_prefix(1);
        const auto name = take_name(m_text);
        if (name.empty() && !braced) {
            m_out += '$';
            return;
        }
        if (!braced) {
            m_out += known(name);
            return;
        }
        const auto end = m_text.find('}');
        const auto rest = m_text.substr(0, end);
        m_text.remove_prefix(end == m_text.npos ? m_text.size() : end + 1);
        // `${PYTHONPATH:+:$PYTHONPATH}` adds nothing where it was not set before: the rest of the
        // value is certain.
        if (rest.starts_with(":+") || rest.starts_with("+")) return;
        m_out += known(name);
    }

    std::string_view& m_text;
    SettingsForm m_form;
    const Variables& m_known;
    std::string m_out;
};

class Reader {
public:
    Reader(SettingsForm form, const Variables& known) : m_form(form), m_known(known) {}

    void line(std::string_view text, std::size_t number)
    {
        m_number = number;
        if (m_form == SettingsForm::shell) return shell_line(text);
        text = without_blanks(text);
        if (m_form == SettingsForm::dotenv && text.starts_with("export "))
            text = without_blanks(text.substr(7));
        assignment(text);
    }

    std::vector<Setting> take() { return std::move(m_out); }

private:
    /// `NAME=value`; false where the text is something else.
    bool assignment(std::string_view& text)
    {
        auto rest = text;
        const auto name = take_name(rest);
        if (m_form != SettingsForm::shell) rest = without_blanks(rest);
        if (name.empty() || !rest.starts_with('=')) return false;
        rest.remove_prefix(1);
        if (m_form != SettingsForm::shell) rest = without_blanks(rest);
        auto value = Value(rest, m_form, m_known).read();
        if (!value || m_out.size() >= k_most_settings) return false;
        m_out.push_back({std::string(name), *std::move(value), m_number});
        text = rest;
        return true;
    }

    void shell_line(std::string_view text)
    {
        const auto command = text.substr(0, std::min(text.find_first_of(" \t"), text.size()));
        auto rest = without_blanks(text.substr(command.size()));
        if (command == "export") {
            while (assignment(rest))
                rest = without_blanks(rest);
        } else if (command == "unset") {
            while (true) {
                const auto name = take_name(rest);
                if (name.empty()) return;
                std::erase_if(m_out, [&](const Setting& setting) { return setting.name == name; });
                rest = without_blanks(rest);
            }
        } else if (command == "path_add") {
            path_add(rest);
        }
    }

    /// direnv's `path_add VARIABLE FOLDER…`.
    void path_add(std::string_view rest)
    {
        const auto name = take_name(rest);
        std::string joined;
        for (rest = without_blanks(rest); !name.empty() && !rest.empty();
             rest = without_blanks(rest)) {
            const auto before = rest.size();
            const auto folder = Value(rest, m_form, m_known).read();
            if (!folder || rest.size() == before) break;
            if (!joined.empty()) joined += ':';
            joined += *folder;
        }
        if (!joined.empty() && m_out.size() < k_most_settings)
            m_out.push_back({std::string(name), std::move(joined), m_number});
    }

    SettingsForm m_form;
    const Variables& m_known;
    std::size_t m_number = 0;
    std::vector<Setting> m_out;
};

} // namespace

std::vector<Setting> parse_settings(std::string_view bytes, SettingsForm form,
                                    const Variables& known)
{
    remove_byte_order_mark(bytes);
    Reader reader(form, known);
    Lines lines(bytes);
    std::string_view line;
    for (std::size_t number = 1; lines.next(line); ++number) {
        if (line.find('=') != line.npos || line.starts_with("path_add") ||
            line.starts_with("unset")) {
            reader.line(line, number);
        }
    }
    return reader.take();
}

std::vector<std::string> split_search_path(std::string_view value)
{
    std::vector<std::string> parts;
    while (!value.empty()) {
        const auto end = value.find(':');
        const auto part = value.substr(0, end);
        if (!part.empty() && part.find(k_unknown) == part.npos) parts.emplace_back(part);
        if (end == value.npos) break;
        value.remove_prefix(end + 1);
    }
    return parts;
}

} // namespace envfix::formats
