FROM node:20
WORKDIR /app
COPY package.json server.js ./
RUN npm install
CMD ["node", "--require", "dd-trace/init", "server.js"]
