// A glob is read as a machine whose states are its tokens, and all states that are possible are
// followed at once. Backtracking would take exponential time for "*a*a*a*a…".
#include "policy/glob.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace envfix::policy {

namespace {

struct Token {
    enum class Kind : std::uint8_t {
        literal, ///< this character
        one,     ///< any but "/"
        many,    ///< any number of any but "/"
        below,   ///< "/**" at the end: nothing, or "/" and anything
        above,   ///< "**/": nothing, or anything that ends with "/"
        between  ///< "/**/": "/", or "/" and anything and "/"
    };
    Kind kind = Kind::literal;
    char c = 0;
};

std::optional<std::vector<Token>> tokens_of(std::string_view glob)
{
    if (glob.empty() || glob.size() > k_most_glob) return std::nullopt;
    std::vector<Token> tokens;
    for (std::size_t i = 0; i < glob.size();) {
        const auto rest = glob.substr(i);
        const bool at_component = i == 0 || glob[i - 1] == '/';
        if (rest == "/**") {
            tokens.push_back({.kind = Token::Kind::below});
            i += 3;
        } else if (rest.starts_with("/**/")) {
            tokens.push_back({.kind = Token::Kind::between});
            i += 4;
        } else if (at_component && rest.starts_with("**/")) {
            tokens.push_back({.kind = Token::Kind::above});
            i += 3;
        } else if (rest == "**" && i == 0) {
            tokens.push_back({.kind = Token::Kind::above});
            tokens.push_back({.kind = Token::Kind::many});
            i += 2;
        } else if (rest.starts_with("**")) {
            return std::nullopt;
        } else if (rest.front() == '\\') {
            if (rest.size() < 2) return std::nullopt;
            tokens.push_back({.kind = Token::Kind::literal, .c = rest[1]});
            i += 2;
        } else {
            const char c = rest.front();
            const auto kind = c == '*'   ? Token::Kind::many
                              : c == '?' ? Token::Kind::one
                                         : Token::Kind::literal;
            tokens.push_back({.kind = kind, .c = c});
            ++i;
        }
    }
    return tokens;
}

/// The states after some of the path. A token with an inside has two: before it, and in it.
struct States {
    std::vector<bool> before;
    std::vector<bool> inside;

    explicit States(std::size_t tokens) : before(tokens + 1), inside(tokens + 1) {}
};

/// Where a token may match nothing, the next is possible as well.
void follow_empty(const std::vector<Token>& tokens, States& states)
{
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (!states.before[i]) continue;
        switch (tokens[i].kind) {
        case Token::Kind::many:
        case Token::Kind::below:
        case Token::Kind::above: states.before[i + 1] = true; break;
        case Token::Kind::literal:
        case Token::Kind::one:
        case Token::Kind::between: break;
        }
    }
}

void step(const Token& token, std::size_t i, char c, const States& now, States& next)
{
    const bool slash = c == '/';
    switch (token.kind) {
    case Token::Kind::literal:
        if (now.before[i] && c == token.c) next.before[i + 1] = true;
        break;
    case Token::Kind::one:
        if (now.before[i] && !slash) next.before[i + 1] = true;
        break;
    case Token::Kind::many:
        if (now.before[i] && !slash) next.before[i] = true;
        break;
    case Token::Kind::below:
        if (now.inside[i] || (now.before[i] && slash)) {
            next.inside[i] = true;
            next.before[i + 1] = true;
        }
        break;
    case Token::Kind::above:
        if (now.inside[i] || now.before[i]) {
            next.inside[i] = true;
            if (slash) next.before[i + 1] = true;
        }
        break;
    case Token::Kind::between:
        if (now.inside[i] || (now.before[i] && slash)) {
            next.inside[i] = true;
            if (slash) next.before[i + 1] = true;
        }
        break;
    }
}

} // namespace

bool is_glob(std::string_view glob)
{
    return tokens_of(glob).has_value();
}

bool glob_matches(std::string_view glob, std::string_view path)
{
    const auto tokens = tokens_of(glob);
    if (!tokens) return false;
    States now(tokens->size());
    now.before[0] = true;
    follow_empty(*tokens, now);
    for (const char c : path) {
        States next(tokens->size());
        for (std::size_t i = 0; i < tokens->size(); ++i)
            step((*tokens)[i], i, c, now, next);
        follow_empty(*tokens, next);
        now = std::move(next);
    }
    return now.before[tokens->size()];
}

std::string glob_escaped(std::string_view text)
{
    std::string escaped;
    for (const char c : text) {
        if (c == '*' || c == '?' || c == '\\') escaped += '\\';
        escaped += c;
    }
    return escaped;
}

} // namespace envfix::policy
