#include "formats/unit_file.hpp"

#include "formats/python_text.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace envfix::formats {

namespace {

bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

std::string with_specifiers(std::string_view text, const std::string& home)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        ++i;
        if (text[i] == 'h') {
            out += home;
        } else {
            out += text[i] == '%' ? '%' : k_unknown;
        }
    }
    return out;
}

/// The words of a value, quotes and backslashes resolved as systemd does.
std::vector<std::string> words_of(std::string_view text, const std::string& home)
{
    std::vector<std::string> words;
    std::optional<std::string> word;
    char quote = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quote == 0 && is_blank(c)) {
            if (word) words.push_back(with_specifiers(*word, home));
            word.reset();
            continue;
        }
        if (!word) word.emplace();
        if (c == quote) {
            quote = 0;
        } else if (quote == 0 && (c == '"' || c == '\'')) {
            quote = c;
        } else if (c == '\\' && i + 1 < text.size()) {
            *word += text[++i];
        } else {
            *word += c;
        }
    }
    if (word) words.push_back(with_specifiers(*word, home));
    return words;
}

class Reader {
public:
    explicit Reader(const std::string& home) : m_home(home) {}

    /// One line, its continuations joined to it.
    void line(std::string_view text, std::size_t number)
    {
        text = strip(text);
        if (text.starts_with('[')) {
            m_in_service = text == "[Service]";
            return;
        }
        const auto equals = text.find('=');
        if (!m_in_service || equals == text.npos) return;
        assign(strip_right(text.substr(0, equals)), strip_left(text.substr(equals + 1)), number);
    }

    UnitFile take() { return std::move(m_out); }

private:
    void assign(std::string_view key, std::string_view value, std::size_t number)
    {
        if (key == "Environment") {
            if (value.empty()) m_out.environment.clear();
            for (const auto& word : words_of(value, m_home)) {
                const auto equals = word.find('=');
                if (equals == word.npos || equals == 0) continue;
                m_out.environment.push_back(
                    {word.substr(0, equals), word.substr(equals + 1), number});
            }
        } else if (key == "EnvironmentFile") {
            if (value.empty()) m_out.environment_files.clear();
            if (value.starts_with('-')) value.remove_prefix(1);
            if (!value.empty()) m_out.environment_files.push_back(with_specifiers(value, m_home));
        } else if (key == "WorkingDirectory") {
            if (value.starts_with('-')) value.remove_prefix(1);
            m_out.working_directory = value == "~" ? m_home : with_specifiers(value, m_home);
        } else if (key == "ExecStart") {
            if (value.empty()) m_out.commands.clear();
            auto words = words_of(value, m_home);
            if (words.empty()) return;
            auto& program = words.front();
            program.erase(0, std::min(program.find_first_not_of("-@+!:"), program.size()));
            m_out.commands.push_back({std::move(words), number});
        }
    }

    const std::string& m_home;
    bool m_in_service = false;
    UnitFile m_out;
};

} // namespace

UnitFile parse_unit_file(std::string_view bytes, const std::string& home)
{
    Reader reader(home);
    Lines lines(bytes);
    std::string joined;
    std::size_t begun = 0;
    std::string_view line;
    for (std::size_t number = 1; lines.next(line); ++number) {
        const auto first = strip_left(line);
        if (first.starts_with('#') || first.starts_with(';'))
            continue; // also between a line and its continuation
        if (joined.empty()) begun = number;
        if (line.ends_with('\\')) {
            joined.append(line.substr(0, line.size() - 1)) += ' ';
            continue;
        }
        joined += line;
        reader.line(joined, begun);
        joined.clear();
    }
    if (!joined.empty()) reader.line(joined, begun);
    return reader.take();
}

} // namespace envfix::formats
