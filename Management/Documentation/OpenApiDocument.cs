using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using OrleansBroker.Management.Api;

namespace OrleansBroker.Management.Documentation;

/// <summary>The API as an OpenAPI 3.1 document, made of the operations themselves and the types that they read and write.</summary>
internal static class OpenApiDocument
{
    private static readonly (string Name, string Type, string Description)[] ListParameters =
    [
        ("page", "integer", "The page, from 1 on; without it the whole list is answered as an array."),
        ("page_size", "integer", "Items of a page, 100 by default and 500 at most."),
        ("name", "string", "Part of the name, or a pattern; on pages only."),
        ("use_regex", "boolean", "Whether the name is a regular expression."),
        ("sort", "string", "The member to sort by, with dots for inner ones."),
        ("sort_reverse", "boolean", "Whether the order is reversed."),
        ("columns", "string", "Members to show, parted by commas."),
    ];

    /// <summary>The document for operations below a root.</summary>
    public static JsonObject Of(IEnumerable<ApiOperation> operations, string root, string version)
    {
        var paths = new JsonObject();
        foreach (var operation in operations)
        {
            var path = $"{root}/{operation.Path}";
            paths[path] ??= new JsonObject();
            paths[path]![operation.Method.ToLowerInvariant()] = Describe(operation);
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = "OrleansBroker management API", ["version"] = version },
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject { ["basic"] = new JsonObject { ["type"] = "http", ["scheme"] = "basic" } },
            },
            ["paths"] = paths,
        };
    }

    private static JsonObject Describe(ApiOperation operation)
    {
        var description = new JsonObject
        {
            ["summary"] = operation.Summary,
            ["operationId"] = $"{operation.Method.ToLowerInvariant()}-{operation.Path.Replace('/', '-').Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal)}",
            ["tags"] = new JsonArray(operation.Path.Split('/')[0]),
            ["parameters"] = Parameters(operation),
            ["responses"] = Responses(operation),
        };
        if (operation.Access != ApiAccess.Anonymous)
        {
            description["security"] = new JsonArray(new JsonObject { ["basic"] = new JsonArray() });
            description["description"] = $"Needs the tag {operation.Access.ToString().ToLowerInvariant()}, or one that includes it.";
        }

        if (operation.Takes is { } takes)
        {
            description["requestBody"] = new JsonObject { ["content"] = Content(Schema(takes)) };
        }

        return description;
    }

    private static JsonArray Parameters(ApiOperation operation)
    {
        var parameters = new JsonArray();
        foreach (var segment in operation.Path.Split('/').Where(static segment => segment.StartsWith('{')))
        {
            parameters.Add(Parameter(segment[1..^1], "path", "string", "A name, in which a slash is written %2F."));
        }

        if (operation.IsList && operation.Method == HttpMethods.Get)
        {
            foreach (var (name, type, text) in ListParameters)
            {
                parameters.Add(Parameter(name, "query", type, text));
            }
        }

        return parameters;
    }

    private static JsonNode Parameter(string name, string place, string type, string description) => new JsonObject
    {
        ["name"] = name,
        ["in"] = place,
        ["required"] = place == "path",
        ["description"] = description,
        ["schema"] = new JsonObject { ["type"] = type },
    };

    private static JsonObject Responses(ApiOperation operation)
    {
        var responses = new JsonObject
        {
            ["400"] = new JsonObject { ["description"] = "It cannot be: error and reason say why." },
            ["401"] = new JsonObject { ["description"] = "Not logged in, or not allowed." },
            ["404"] = new JsonObject { ["description"] = "It is not there." },
        };
        if (operation.Returns is { } returns)
        {
            var schema = operation.IsList ? new JsonObject { ["type"] = "array", ["items"] = Schema(returns) } : Schema(returns);
            responses["200"] = new JsonObject { ["description"] = "The answer; of a list a page where one was asked for.", ["content"] = Content(schema) };
        }
        else
        {
            responses["201"] = new JsonObject { ["description"] = "It is there now." };
            responses["204"] = new JsonObject { ["description"] = "Done, or as it was." };
        }

        return responses;
    }

    private static JsonObject Content(JsonNode schema) => new() { ["application/json"] = new JsonObject { ["schema"] = schema } };

    private static JsonNode Schema(JsonTypeInfo type) => type.GetJsonSchemaAsNode();
}
