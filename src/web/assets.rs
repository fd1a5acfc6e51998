//! The files that pages load, carried in the binary and served at `/assets/{version}/{name}`.
//!
//! The version is a hash over all of them, so that modules find each other by relative address and every file can be
//! kept for ever. Asked for under another version (by a page from before or after an upgrade), a file is
//! answered as it is now, and nothing on the way may keep it unasked.

use std::sync::LazyLock;

use aws_lc_rs::digest::{Context, SHA256, digest};
use data_encoding::HEXLOWER;
use poem::{
    Request, Response, handler,
    http::{StatusCode, header},
    web::Path,
};

struct Asset {
    name: &'static str,
    media_type: &'static str,
    body: &'static str,
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

const ASSETS: [Asset; 6] = [
    Asset { name: "site.css", media_type: "text/css; charset=utf-8", body: include_str!("assets/site.css") },
    Asset { name: "icon.svg", media_type: "image/svg+xml", body: include_str!("assets/icon.svg") },
    Asset { name: "copy.js", media_type: SCRIPT, body: include_str!("assets/copy.js") },
    Asset { name: "explorer.js", media_type: SCRIPT, body: include_str!("assets/explorer.js") },
    Asset { name: "explorer-editor.js", media_type: SCRIPT, body: include_str!("assets/explorer-editor.js") },
    Asset { name: "explorer-docs.js", media_type: SCRIPT, body: include_str!("assets/explorer-docs.js") },
];

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut context = Context::new(&SHA256);
    for asset in &ASSETS {
        context.update(asset.name.as_bytes());
        context.update(&[0]);
        context.update(asset.body.as_bytes());
        context.update(&[0]);
    }
    HEXLOWER.encode(&context.finish().as_ref()[..8])
});

/// Where the file `name` is to be had, for templates.
#[must_use]
pub fn url(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

#[cfg(test)]
pub(super) fn has(url: &str) -> bool {
    url.strip_prefix("/assets/")
        .and_then(|rest| rest.strip_prefix(VERSION.as_str()))
        .is_some_and(|rest| ASSETS.iter().any(|asset| rest.strip_prefix('/') == Some(asset.name)))
}

/// `GET /assets/:version/:name`: the file, 304 when the asker already has it, or 404.
#[handler]
pub fn serve(Path((version, name)): Path<(String, String)>, request: &Request) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return Response::builder().status(StatusCode::NOT_FOUND).finish();
    };
    let etag = format!("\"{}\"", HEXLOWER.encode(&digest(&SHA256, asset.body.as_bytes()).as_ref()[..16]));
    let cache = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = request.header(header::IF_NONE_MATCH).is_some_and(|given| {
        given.split(',').any(|tag| {
            let tag = tag.trim();
            tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag
        })
    });
    let response = Response::builder().header(header::ETAG, etag).header(header::CACHE_CONTROL, cache);
    if known {
        return response.status(StatusCode::NOT_MODIFIED).finish();
    }
    response.content_type(asset.media_type).body(asset.body)
}

#[cfg(test)]
mod tests {
    use poem::{Endpoint, EndpointExt, Route, get, http::Uri};

    use super::*;

    async fn ask(path: &str, known: Option<&str>) -> Response {
        let mut request = Request::builder().uri(path.parse::<Uri>().unwrap());
        if let Some(tag) = known {
            request = request.header(header::IF_NONE_MATCH, tag);
        }
        let app = Route::new().at("/assets/:version/:name", get(serve)).map_to_response();
        app.get_response(request.finish()).await
    }

    #[tokio::test]
    async fn a_file_is_kept_for_ever_under_its_version_only() {
        let now = ask(&url("site.css"), None).await;
        assert_eq!(now.header("content-type"), Some("text/css; charset=utf-8"));
        assert!(now.header("cache-control").unwrap().contains("immutable"));
        let tag = now.header("etag").unwrap().to_owned();
        assert!(now.into_body().into_string().await.unwrap().contains(":root"));

        let other = ask("/assets/0000000000000000/site.css", None).await;
        assert_eq!((other.status(), other.header("cache-control")), (StatusCode::OK, Some("no-cache")));

        for known in [format!("\"x\", W/{tag}"), "*".to_owned()] {
            let again = ask(&url("site.css"), Some(&known)).await;
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{known}");
            assert!(again.into_body().into_vec().await.unwrap().is_empty());
        }
        assert_eq!(ask(&url("site.css"), Some("\"x\"")).await.status(), StatusCode::OK);
        assert_eq!(ask("/assets/x/..%2Fassets.rs", None).await.status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn scripts_never_turn_data_into_markup() {
        for asset in ASSETS.iter().filter(|asset| asset.media_type == SCRIPT) {
            for forbidden in [
                "innerHTML",
                "outerHTML",
                "insertAdjacent",
                "document.write",
                "eval(",
                "new Function",
                "localStorage",
            ] {
                assert!(!asset.body.contains(forbidden), "{} has {forbidden}", asset.name);
            }
            for line in asset.body.lines().filter(|line| line.starts_with("import ")) {
                let from = line.split("'./").nth(1).and_then(|rest| rest.strip_suffix("';")).unwrap();
                assert!(ASSETS.iter().any(|other| other.name == from), "{}: {line}", asset.name);
            }
        }
    }
}
