import HTTP
import Testing

@Suite struct RouterTests {
    private static func router() -> Router<String> {
        var router = Router<String>()
        for pattern in ["/", "/skills", "/@:handle", "/@:handle/:slug", "/@:handle/:slug/v/:version", "/@:handle/:slug/lineage",
                        "/runs/:run", "/runs/:run/decisions/:number", "/:page", "/docs/*topic"] {
            router.add(.get, pattern, pattern)
        }
        router.add(.post, "/skills", "post")
        router.add(.delete, "/runs/:run", "delete")
        return router
    }

    @Test(arguments: [
        ("/", "/", ""), ("/skills", "/skills", ""), ("/@ada", "/@:handle", "handle=ada"), ("/%40ada", "/@:handle", "handle=ada"),
        ("/@ada/trend", "/@:handle/:slug", "handle=ada slug=trend"),
        ("/@ada/trend/v/3", "/@:handle/:slug/v/:version", "handle=ada slug=trend version=3"),
        ("/@ada/v/lineage", "/@:handle/:slug/lineage", "handle=ada slug=v"),
        ("/runs/7/decisions/2", "/runs/:run/decisions/:number", "run=7 number=2"), ("/about", "/:page", "page=about"),
        ("/@", "/:page", "page=@"), ("/docs/a/b", "/docs/*topic", "topic=a/b"),
    ])
    func pathsFindTheirPattern(path: String, pattern: String, values: String) throws {
        guard case .found(let target, let found, let parameters) = Self.router().match(.get, try #require(RequestPath(path))) else {
            Issue.record("\(path) is not found")
            return
        }
        #expect(target == pattern && found == pattern)
        for pair in values.split(separator: " ") {
            let parts = pair.split(separator: "=").map(String.init)
            #expect(parameters[parts[0]] == parts[1])
        }
        #expect(parameters["nothing"] == nil)
    }

    @Test func otherMethodsAreNamed() throws {
        let path = try #require(RequestPath("/skills"))
        guard case .methodNotAllowed(let methods) = Self.router().match(.put, path) else {
            Issue.record("PUT /skills should be refused as a method")
            return
        }
        #expect(methods == [.get, .head, .post])
        guard case .found = Self.router().match(.head, path) else {
            Issue.record("HEAD is answered by GET")
            return
        }
    }

    @Test(arguments: ["/runs/1/x", "/a/b", "/runs/1/decisions", "/skills/x/y/z"])
    func unknownPathsAreNotFound(path: String) throws {
        guard case .notFound = Self.router().match(.get, try #require(RequestPath(path))) else {
            Issue.record("\(path) should not be found")
            return
        }
    }
}
