// The only place that calls yaml-cpp, and the only one where its exceptions exist. Its node layer
// is not used: that one resolves aliases and keeps the last of two equal keys. From the events we
// build our own tree and stop at the first thing that is not allowed, so a file can cost no more
// than its bytes.
#include "policy/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <istream>
#include <optional>
#include <streambuf>
#include <utility>

namespace envfix::policy {

namespace {

struct Refused {
    YAML::Mark at;
    std::string reason;
};

/// A node that is still open, and the key that waits for a value in it.
struct Frame {
    Node node;
    std::optional<Entry> waiting;
};

class Builder final : public YAML::EventHandler {
public:
    void OnDocumentStart(const YAML::Mark& mark) override
    {
        if (m_started) throw Refused{mark, "a second document; a file holds one"};
        m_started = true;
    }

    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override
    {
        begin(mark, "?", anchor);
        put(at(mark));
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override
    {
        throw Refused{mark, "aliases (*name) are not allowed"};
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override
    {
        begin(mark, tag == "!" ? "?" : tag, anchor);
        Node node = at(mark);
        node.kind = Node::Kind::scalar;
        node.text = value;
        node.quoted = tag == "!";
        put(std::move(node));
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override
    {
        open(mark, tag, anchor, Node::Kind::list);
    }

    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override
    {
        open(mark, tag, anchor, Node::Kind::map);
    }

    void OnMapEnd() override { close(); }

    void OnAnchor(const YAML::Mark& mark, const std::string&) override
    {
        throw Refused{mark, "anchors (&name) are not allowed"};
    }

    Node take() { return std::move(m_root); }

private:
    static Node at(const YAML::Mark& mark)
    {
        Node node;
        node.at = {.line = mark.line + 1, .column = mark.column + 1};
        return node;
    }

    void begin(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor)
    {
        if (anchor != YAML::NullAnchor) throw Refused{mark, "anchors (&name) are not allowed"};
        if (tag != "?" && !tag.empty()) throw Refused{mark, "tags (!name) are not allowed"};
        if (++m_nodes > k_most_nodes) throw Refused{mark, "more than 20000 values"};
    }

    void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
              Node::Kind kind)
    {
        begin(mark, tag, anchor);
        if (awaits_key()) throw Refused{mark, "a key must be one word"};
        if (m_open.size() >= k_most_depth) throw Refused{mark, "nested more than 32 deep"};
        Frame frame{.node = at(mark), .waiting = std::nullopt};
        frame.node.kind = kind;
        m_open.push_back(std::move(frame));
    }

    void close()
    {
        Node done = std::move(m_open.back().node);
        m_open.pop_back();
        put(std::move(done));
    }

    [[nodiscard]] bool awaits_key() const
    {
        return !m_open.empty() && m_open.back().node.kind == Node::Kind::map &&
               !m_open.back().waiting;
    }

    void put(Node node)
    {
        if (m_open.empty()) {
            m_root = std::move(node);
            return;
        }
        Frame& frame = m_open.back();
        if (frame.node.kind == Node::Kind::list) {
            frame.node.items.push_back(std::move(node));
            return;
        }
        if (!frame.waiting) {
            add_key(frame, std::move(node));
            return;
        }
        // yaml-cpp places a missing value where the next token is: often another line.
        if (node.kind == Node::Kind::empty) node.at = frame.waiting->at;
        frame.waiting->value = std::move(node);
        frame.node.entries.push_back(*std::move(frame.waiting));
        frame.waiting.reset();
    }

    static void add_key(Frame& frame, Node node)
    {
        const auto refuse = [&](std::string reason) {
            YAML::Mark mark;
            mark.line = node.at.line - 1;
            mark.column = node.at.column - 1;
            throw Refused{mark, std::move(reason)};
        };
        if (node.kind != Node::Kind::scalar || node.text.empty()) refuse("a key must be one word");
        // Maps of a configuration are short; above this the search below would be quadratic.
        constexpr std::size_t k_most_keys = 256;
        if (frame.node.entries.size() >= k_most_keys) refuse("more than 256 keys in one map");
        const auto same = std::ranges::find(frame.node.entries, node.text, &Entry::key);
        if (same != frame.node.entries.end()) {
            refuse("the same key again; it is first in line " + std::to_string(same->at.line));
        }
        frame.waiting = Entry{.key = std::move(node.text), .at = node.at, .value = {}};
    }

    Node m_root;
    std::vector<Frame> m_open;
    std::size_t m_nodes = 0;
    bool m_started = false;
};

/// A stream over text that is already in memory, without a copy.
class View final : public std::streambuf {
public:
    explicit View(std::string_view text)
    {
        // The get area of a streambuf is not const, but istream only reads it.
        auto* begin = const_cast<char*>(text.data());
        setg(begin, begin, begin + text.size());
    }
};

std::vector<model::PolicyProblem> one(std::string_view file, Position at, std::string reason)
{
    return {{.file = std::string(file),
             .line = at.line,
             .column = at.column,
             .reason = std::move(reason)}};
}

/// What yaml-cpp says, unless it repeats the file's content.
std::string without_content(const std::string& message)
{
    constexpr std::string_view k_unknown_anchor = "the referenced anchor is not defined";
    if (message.starts_with(k_unknown_anchor)) return "aliases (*name) are not allowed";
    const auto colon = message.find(": ");
    return "not valid YAML: " + message.substr(0, colon);
}

/// yaml-cpp counts bytes; people count characters.
class Columns {
public:
    explicit Columns(std::string_view text) : m_text(text)
    {
        m_lines.push_back(0);
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '\n') m_lines.push_back(i + 1);
        }
        m_ascii =
            std::ranges::all_of(text, [](char c) { return static_cast<signed char>(c) >= 0; });
    }

    void correct(Position& at) const
    {
        if (m_ascii || at.line < 1 || static_cast<std::size_t>(at.line) > m_lines.size()) return;
        const auto start = m_lines[static_cast<std::size_t>(at.line) - 1];
        const auto line =
            m_text.substr(start, static_cast<std::size_t>(std::max(at.column - 1, 0)));
        const auto inside = std::ranges::count_if(
            line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; });
        at.column -= static_cast<int>(inside);
    }

    void correct(Node& node) const
    {
        correct(node.at);
        for (auto& item : node.items)
            correct(item);
        for (auto& entry : node.entries) {
            correct(entry.at);
            correct(entry.value);
        }
    }

private:
    std::string_view m_text;
    std::vector<std::size_t> m_lines;
    bool m_ascii = true;
};

/// The line and column of a byte, for what is refused before YAML is looked at.
Position position_of(std::string_view text, std::size_t offset)
{
    const auto before = text.substr(0, offset);
    const auto line_start =
        before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    const auto line = before.substr(line_start);
    const auto inside = std::ranges::count_if(
        line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; });
    return {.line = static_cast<int>(std::ranges::count(before, '\n')) + 1,
            .column = static_cast<int>(line.size()) - static_cast<int>(inside) + 1};
}

} // namespace

std::size_t invalid_utf8(std::string_view text)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    for (std::size_t i = 0; i < text.size();) {
        const unsigned char lead = byte(i);
        std::size_t length = 1;
        unsigned least = 0x80;
        unsigned most = 0xBF;
        if (lead >= 0xC2 && lead <= 0xDF)
            length = 2;
        else if (lead >= 0xE0 && lead <= 0xEF) {
            length = 3;
            if (lead == 0xE0) least = 0xA0; // overlong
            if (lead == 0xED) most = 0x9F;  // surrogates
        } else if (lead >= 0xF0 && lead <= 0xF4) {
            length = 4;
            if (lead == 0xF0) least = 0x90;
            if (lead == 0xF4) most = 0x8F;
        } else if (lead >= 0x80) {
            return i;
        }
        if (length > text.size() - i) return i;
        for (std::size_t k = 1; k < length; ++k) {
            const unsigned next = byte(i + k);
            if (next < least || next > most) return i;
            least = 0x80;
            most = 0xBF;
        }
        i += length;
    }
    return std::string_view::npos;
}

Parsed<Node> read_yaml(std::string_view text, std::string_view file)
{
    using Problems = std::vector<model::PolicyProblem>;
    if (text.size() > k_most_bytes) {
        return tl::unexpected<Problems>(one(file, {0, 0}, "larger than 256 KiB"));
    }
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (const auto bad = invalid_utf8(text); bad != std::string_view::npos) {
        return tl::unexpected<Problems>(one(file, position_of(text, bad), "not UTF-8"));
    }
    const auto control = std::ranges::find_if(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7F;
    });
    if (control != text.end()) {
        const auto offset = static_cast<std::size_t>(control - text.begin());
        return tl::unexpected<Problems>(
            one(file, position_of(text, offset), "a control character"));
    }

    const Columns columns(text);
    const auto refused = [&](const YAML::Mark& mark, std::string reason) {
        Position at{.line = mark.line + 1, .column = mark.column + 1};
        columns.correct(at);
        return tl::unexpected<Problems>(one(file, at, std::move(reason)));
    };
    try {
        View view(text);
        std::istream stream(&view);
        YAML::Parser parser(stream);
        Builder builder;
        while (parser.HandleNextDocument(builder)) {
        }
        Node root = builder.take();
        columns.correct(root);
        return root;
    } catch (const Refused& refusal) {
        return refused(refusal.at, refusal.reason);
    } catch (const YAML::Exception& error) {
        return refused(error.mark, without_content(error.msg));
    } catch (const std::exception&) {
        return tl::unexpected<Problems>(one(file, {0, 0}, "not valid YAML"));
    }
}

} // namespace envfix::policy
