#include "report/layout.hpp"

#include "report/text.hpp"

#include <algorithm>

namespace envfix::report {

namespace {

std::string_view ellipsis(const Style& style)
{
    return style.unicode ? "…" : "...";
}

/// Bytes of the character that `text` begins with, with all that combines with it.
std::size_t cluster_size(std::string_view text)
{
    const auto next = [&](std::size_t at) {
        ++at;
        while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80) ++at;
        return at;
    };
    std::size_t end = next(0);
    while (end < text.size()) {
        const auto after = next(end);
        if (display_width(text.substr(end, after - end)) != 0) break;
        end = after;
    }
    return end;
}

std::string_view prefix_of(std::string_view text, std::size_t columns)
{
    std::size_t used = 0;
    std::size_t at = 0;
    while (at < text.size()) {
        const auto size = cluster_size(text.substr(at));
        const auto wide = display_width(text.substr(at, size));
        if (used + wide > columns) break;
        used += wide;
        at += size;
    }
    return text.substr(0, at);
}

std::string_view suffix_of(std::string_view text, std::size_t columns)
{
    auto over = display_width(text);
    while (over > columns && !text.empty()) {
        const auto size = cluster_size(text);
        over -= display_width(text.substr(0, size));
        text.remove_prefix(size);
    }
    return text;
}


struct Label {
    std::string first; ///< the beginning of the first line
    std::string other; ///< of those below it
    std::size_t room = 0;
};

Label make_label(const Style& style, std::size_t indent, std::string_view label, std::size_t label_columns)
{
    const auto before = indent + (label_columns == 0 ? 0 : label_columns + 2);
    Label made;
    made.first = std::string(indent, ' ');
    if (label_columns != 0) {
        made.first += painted(style, Colour::dim, label);
        const auto wide = display_width(label);
        made.first.append(label_columns + 2 - std::min(wide, label_columns + 1), ' ');
    }
    made.other = std::string(before, ' ');
    made.room = columns_of(style) > before + 10 ? columns_of(style) - before : 10;
    return made;
}

} // namespace

std::size_t columns_of(const Style& style)
{
    constexpr int k_least = 40;
    return static_cast<std::size_t>(std::max(style.width, k_least));
}

std::string painted(const Style& style, Colour colour, std::string_view text)
{
    if (!style.colour || colour == Colour::none || text.empty()) return std::string{text};
    std::string_view code;
    switch (colour) {
    case Colour::none: break;
    case Colour::bold: code = "1"; break;
    case Colour::dim: code = "2"; break;
    case Colour::red: code = "1;31"; break;
    case Colour::green: code = "32"; break;
    case Colour::yellow: code = "33"; break;
    case Colour::cyan: code = "36"; break;
    }
    std::string out = "\x1b[";
    out.append(code).append("m").append(text).append("\x1b[0m");
    return out;
}

std::string fit_end(const Style& style, std::string_view text, std::size_t columns)
{
    if (display_width(text) <= columns) return std::string{text};
    const auto mark = ellipsis(style);
    const auto mark_width = display_width(mark);
    if (columns <= mark_width) return std::string{prefix_of(text, columns)};
    return std::string{prefix_of(text, columns - mark_width)}.append(mark);
}

std::string fit_middle(const Style& style, std::string_view text, std::size_t columns)
{
    if (display_width(text) <= columns) return std::string{text};
    const auto mark = ellipsis(style);
    const auto mark_width = display_width(mark);
    if (columns <= mark_width + 2) return fit_end(style, text, columns);
    const auto room = columns - mark_width;
    const auto begin = prefix_of(text, room / 3); // the end of a path tells more than its beginning
    const auto end = suffix_of(text.substr(begin.size()), room - display_width(begin));
    return std::string{begin}.append(mark).append(end);
}

std::vector<std::string> wrapped(std::string_view text, std::size_t columns)
{
    std::vector<std::string> lines;
    std::string line;
    std::size_t line_width = 0;
    while (!text.empty()) {
        const auto space = std::min(text.find(' '), text.size());
        auto word = text.substr(0, space);
        text.remove_prefix(std::min(space + 1, text.size()));
        if (word.empty()) continue;
        auto wide = display_width(word);
        if (line_width != 0 && line_width + 1 + wide > columns) {
            lines.push_back(std::move(line));
            line.clear();
            line_width = 0;
        }
        while (wide > columns) {
            auto piece = prefix_of(word, columns);
            if (piece.empty()) piece = word.substr(0, cluster_size(word));
            lines.emplace_back(piece);
            word.remove_prefix(piece.size());
            wide = display_width(word);
        }
        if (line_width != 0) {
            line += ' ';
            ++line_width;
        }
        line += word;
        line_width += wide;
    }
    if (!line.empty() || lines.empty()) lines.push_back(std::move(line));
    return lines;
}

std::string labelled(const Style& style, std::size_t indent, std::string_view label, std::size_t label_columns,
                     std::string_view text, Colour colour)
{
    const auto made = make_label(style, indent, label, label_columns);
    std::string out;
    for (const auto& line : wrapped(text, made.room)) {
        out += out.empty() ? made.first : made.other;
        out += painted(style, colour, line);
        out += '\n';
    }
    return out;
}

std::string labelled_path(const Style& style, std::size_t indent, std::string_view label, std::size_t label_columns,
                          std::string_view path)
{
    const auto made = make_label(style, indent, label, label_columns);
    return made.first + fit_middle(style, path, made.room) + '\n';
}

std::string labelled_command(const Style& style, std::size_t indent, std::string_view label,
                             std::size_t label_columns, std::string_view command)
{
    const auto made = make_label(style, indent, label, label_columns);
    return made.first + painted(style, Colour::cyan, command) + '\n';
}

std::string labelled_advice(const Style& style, std::size_t indent, std::string_view label, std::size_t label_columns,
                            std::string_view advice)
{
    const auto made = make_label(style, indent, label, label_columns);
    std::string out;
    std::string sentence;
    const auto add = [&](const std::string& line, Colour colour) {
        out += (out.empty() ? made.first : made.other) + painted(style, colour, line) + '\n';
    };
    const auto end_sentence = [&] {
        if (sentence.empty()) return;
        for (const auto& line : wrapped(sentence, made.room)) add(line, Colour::none);
        sentence.clear();
    };
    while (!advice.empty()) {
        const auto line = advice.substr(0, advice.find('\n'));
        advice.remove_prefix(std::min(line.size() + 1, advice.size()));
        if (line.starts_with(' ')) {
            end_sentence();
            add("  " + shown(line.substr(std::min(line.find_first_not_of(' '), line.size()))), Colour::cyan);
        } else {
            sentence += (sentence.empty() ? "" : " ") + shown(line);
        }
    }
    end_sentence();
    return out;
}

std::string table(const Style& style, std::span<const Column> columns, const std::vector<std::vector<Cell>>& rows)
{
    constexpr std::size_t k_gap = 2;
    constexpr std::size_t k_least_path = 16;
    constexpr std::size_t k_least_text = 6;

    std::vector<std::size_t> widths;
    std::vector<std::size_t> kept;
    for (std::size_t c = 0; c < columns.size(); ++c) {
        auto widest = display_width(columns[c].title);
        for (const auto& row : rows) widest = std::max(widest, display_width(row[c].text));
        widths.push_back(widest);
        kept.push_back(c);
    }
    const auto least = [&](std::size_t c) {
        return std::min(widths[c], columns[c].path ? k_least_path : widths[c]);
    };
    const auto sum = [&](const auto& width) {
        std::size_t total = 0;
        for (const auto c : kept) total += width(c) + (total == 0 ? 0 : k_gap);
        return total;
    };
    const auto room = columns_of(style);
    while (sum(least) > room && kept.size() > 1) {
        const auto first = std::ranges::min_element(kept, {}, [&](std::size_t c) { return columns[c].keep; });
        if (columns[*first].keep >= Column::k_always) break;
        kept.erase(first);
    }
    while (true) {
        const auto total = sum([&](std::size_t c) { return widths[c]; });
        if (total <= room) break;
        // Paths give way first, then whatever is widest.
        std::size_t victim = kept.front();
        const auto can_give = [&](std::size_t c) {
            return widths[c] > (columns[c].path ? k_least_path : k_least_text);
        };
        const auto gives_more = [&](std::size_t a, std::size_t b) {
            if (can_give(a) != can_give(b)) return can_give(a);
            if (columns[a].path != columns[b].path) return columns[a].path;
            return widths[a] > widths[b];
        };
        for (const auto c : kept) {
            if (gives_more(c, victim)) victim = c;
        }
        if (widths[victim] <= 1) break;
        const auto give = std::min(total - room, can_give(victim)
                                                     ? widths[victim] - (columns[victim].path ? k_least_path : k_least_text)
                                                     : widths[victim] - 1);
        widths[victim] -= give;
    }

    std::string out;
    const auto add_row = [&](const auto& text_of, const auto& colour_of) {
        for (const auto c : kept) {
            const auto text = columns[c].path ? fit_middle(style, text_of(c), widths[c])
                                              : fit_end(style, text_of(c), widths[c]);
            const bool last = c == kept.back();
            out += painted(style, colour_of(c), text);
            if (!last) out.append(widths[c] + k_gap - display_width(text), ' ');
        }
        while (out.ends_with(' ')) out.pop_back();
        out += '\n';
    };
    add_row([&](std::size_t c) { return std::string_view{columns[c].title}; }, [](std::size_t) { return Colour::dim; });
    for (const auto& row : rows) {
        add_row([&](std::size_t c) { return std::string_view{row[c].text}; },
                [&](std::size_t c) { return row[c].colour; });
    }
    return out;
}

} // namespace envfix::report
